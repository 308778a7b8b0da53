"""What training logged, stage after stage: offsets, bands, and logs that are not whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.layout import WARNINGS, TrainingWarning
from r1cli.report import charts, curves
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def found(root: Path) -> dict[str, curves.Curve]:
    return {c.key: c for c in curves.curves(Lineage(Store(root).entries()).arms)}


def test_a_stage_begins_where_the_last_one_that_logs_the_same_ended(tmp_path: Path) -> None:
    Fake(tmp_path, steps=20).recipe(0)
    accuracy = found(tmp_path)["train/rewards/accuracy/raw"]
    assert [(s.label, s.row, s.start, s.end) for s in accuracy.segments] == [
        ("R1-Zero", 0, 0.0, 20.0),
        ("Dev2", 1, 0.0, 20.0),
        ("R1", 1, 20.0, 40.0),
    ]


def test_the_band_reaches_from_the_least_seed_to_the_greatest(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.recipe(4)
    segment = found(tmp_path)["train/rewards/accuracy/raw"].segments[0]
    assert segment.seeds == 2
    for point in segment.points:
        assert float(point["high"]) - float(point["low"]) == pytest.approx(0.04, abs=1e-3)
        assert float(point["y"]) == pytest.approx((float(point["high"]) + float(point["low"])) / 2, abs=1e-3)


def test_a_long_stage_is_averaged_to_few_points_that_keep_its_mean(tmp_path: Path) -> None:
    Fake(tmp_path, steps=3000).recipe(0)
    segment = found(tmp_path)["train/rewards/accuracy/raw"].segments[0]
    assert len(segment.points) == curves.POINTS
    assert sum(float(p["y"]) for p in segment.points) / curves.POINTS == pytest.approx(0.7 * 0.75, abs=1e-3)


def test_a_torn_line_a_null_and_odd_numbers_are_passed_over(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    log = fake.path("r1_zero", fake.made["r1_zero", 0]) / "metrics.jsonl"
    with log.open("a") as file:
        file.write('{"step": 21, "train/entropy": null}\n{"step": 22, "train/ent\n')
        for step in ("NaN", "1e308", "-5", '"x"', "1" + "0" * 400):
            file.write(f'{{"step": {step}, "train/entropy": 1.0}}\n')
        file.write(f'{{"step": 21, "train/entropy": 1{"0" * 400}}}\n')
    entropy = found(tmp_path)["train/entropy"]
    assert entropy.segments[0].end == 20.0


def test_nothing_logged_is_no_curve(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.add("base", 0, "Pretrain")
    assert found(tmp_path) == {}


def test_warnings_of_a_training_are_marks_on_the_curve_of_their_metric(tmp_path: Path) -> None:
    fake = Fake(tmp_path, steps=20)
    fake.recipe(0)
    warning = TrainingWarning(step=7, said="format collapsed", metric="rewards/accuracy/raw", value=0.1)
    (fake.path("all_scenario_rl", fake.made["all_scenario_rl", 0]) / WARNINGS).write_text(warning.model_dump_json())
    accuracy = found(tmp_path)["train/rewards/accuracy/raw"]
    assert [s.warnings for s in accuracy.segments] == [
        [],
        [],
        [{"x": 27.0, "model": "R1", "said": "seed 0, update 7: format collapsed"}],
    ]
    assert all(not s.warnings for s in found(tmp_path)["train/entropy"].segments)
    drawn = json.dumps(charts.curve(accuracy).spec)
    assert "update 7: format collapsed" in drawn

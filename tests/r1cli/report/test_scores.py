"""Evaluations over seeds: which may be averaged, and what the intervals say."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.report import scores
from r1cli.report.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def table(root: Path) -> dict[str, scores.Score]:
    lineage = Lineage(Store(root).entries())
    return {s.label: s for s in scores.scores(lineage, scores.comparable(lineage))}


def test_the_rows_are_in_the_papers_order(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    assert list(table(tmp_path)) == ["Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1"]


def test_one_seed_keeps_the_evaluations_own_interval(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    base = table(tmp_path)["Base"]
    assert base.over == "problems"
    assert base.measures["accuracy"] == scores.Interval(0.15, pytest.approx(0.1), pytest.approx(0.2))
    assert base.measures["general"] is None


def test_two_seeds_have_a_range_and_three_an_interval(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.recipe(1)
    base = table(tmp_path)["Base"]
    assert base.over == "range"
    assert base.measures["accuracy"] == scores.Interval(pytest.approx(0.16), 0.15, pytest.approx(0.17))
    fake.recipe(2)
    base = table(tmp_path)["Base"]
    assert base.over == "seeds"
    # Student's t with 2 degrees of freedom: 4.303 * 0.02 / sqrt(3)
    assert base.measures["accuracy"] is not None
    assert base.measures["accuracy"].high - base.measures["accuracy"].mean == pytest.approx(0.04969, abs=1e-4)


def test_what_was_asked_other_questions_is_not_averaged_in(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.problems = 9
    fake.evaluated("base", 0)
    assert set(table(tmp_path)) == {"Base"}
    assert table(tmp_path)["Base"].problems == 9


def test_a_sweep_has_one_cell_for_each_choice_of_weights(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    for seed in (0, 1):
        fake.recipe(seed)
        for weight in (0.0, 1.0):
            weights = {"accuracy": 1.0, "language": weight}
            model = fake.trained("reasoning_rl", seed, {"model": "coldstart"}, weights)
            fake.evaluated("reasoning_rl", seed, model=model, language=0.6 + 0.3 * weight)
    lineage = Lineage(Store(tmp_path).entries())
    found = scores.sweeps(lineage, scores.comparable(lineage))
    assert list(found) == ["reasoning_rl"]
    assert [c.weights["language"] for c in found["reasoning_rl"]] == [0.0, 0.5, 1.0]
    assert [len(c.score.seeds) for c in found["reasoning_rl"]] == [2, 2, 2]
    assert scores.varied(found["reasoning_rl"]) == ["language"]


def test_one_choice_of_weights_is_no_sweep(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    lineage = Lineage(Store(tmp_path).entries())
    assert scores.sweeps(lineage, scores.comparable(lineage)) == {}

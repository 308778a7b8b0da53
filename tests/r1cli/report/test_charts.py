"""Charts as files: one definition, colours filled in, the numbers that were measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.report import charts, contents, figures, provenance, vega
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> contents.Contents:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    fake = Fake(tmp_path / "store")
    for seed in (0, 1):
        fake.recipe(seed)
        model = fake.trained("reasoning_rl", seed, {"model": "coldstart"}, {"accuracy": 1.0, "language": 0.0})
        fake.evaluated("reasoning_rl", seed, model=model, language=0.7)
    return contents.gather(Store(tmp_path / "store"))


def test_each_chart_is_written_as_svg_and_png_with_real_colours(gathered: contents.Contents, tmp_path: Path) -> None:
    files = figures.write(gathered, tmp_path / "figures")
    names = {f.stem for f in files}
    assert {
        "stages",
        "stages_accuracy",
        "curve_rewards_accuracy",
        "trade_off_reasoning_rl",
        "rejection",
        "time",
        "update_time",
    } <= names
    for file in files:
        if file.suffix == ".svg":
            assert "var(" not in file.read_text("utf-8")
        else:
            assert file.read_bytes().startswith(b"\x89PNG")


def test_the_headline_picture_shows_every_model_with_its_mean(gathered: contents.Contents) -> None:
    svg = vega.as_svg(charts.headline(gathered.table))
    for label in ("Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1", "Language consistency", "95 % interval over seeds"):
        assert f">{label}" in svg or label in svg
    assert svg.count(">0.16<") == 1  # the base's accuracy, 0.15 and 0.17


def test_a_cell_of_a_sweep_is_named_by_the_weight_that_varies(gathered: contents.Contents) -> None:
    svg = vega.as_svg(charts.trade_off("reasoning_rl", gathered.trade_offs["reasoning_rl"]))
    assert ">language 0<" in svg
    assert ">language 0.5<" in svg
    assert ">accuracy 1" not in svg


def test_every_chart_says_in_words_what_it_shows(gathered: contents.Contents) -> None:
    for chart in gathered.charts:
        assert chart.spec["description"].startswith(chart.title)
        assert any(c.isdigit() for c in chart.spec["description"])


def test_the_phases_of_an_update_are_stacked_for_each_stage(gathered: contents.Contents) -> None:
    chart = charts.update_time(gathered.update_times)
    rows = chart.spec["data"]["values"]
    assert {row["stage"] for row in rows} == {"R1-Zero, r1_zero", "Dev2, reasoning_rl", "R1, all_scenario_rl"}
    of_zero = {row["phase"]: row["share"] for row in rows if row["stage"] == "R1-Zero, r1_zero"}
    assert sum(of_zero.values()) == pytest.approx(1, abs=1e-3)
    svg = vega.as_svg(chart)
    assert ">rollout<" in svg
    assert ">checkpoint<" not in svg  # takes no time here
    assert "rollout 60 %" in chart.spec["description"]


def test_a_curve_says_of_what_it_is_the_mean(gathered: contents.Contents) -> None:
    entropy = next(curve for curve in gathered.curves if curve.key == "train/entropy")
    assert "with an advantage" in charts.curve(entropy).caption

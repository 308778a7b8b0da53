"""Charts of test-time compute: the curves that were computed, on axes that can be compared, with what they are of."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.report import scaling as charts
from r1cli.report import vega
from r1cli.report.vega import Chart
from r1cli.results.scaling import Scaling, scaling
from tests.r1cli.results.sampled_answers import sample_set

ANSWERS = {"a": "rrww", "b": "rrrr", "c": "wwww", "d": "rrrw"}


@pytest.fixture
def found() -> list[Scaling]:
    return [
        scaling([sample_set(ANSWERS, model="R1-Zero", checkpoint="r1_zero", tokens=30)]),
        scaling([sample_set(ANSWERS, model="R1", checkpoint="all_scenario_rl")]),
    ]


def rows(chart: Chart) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = chart.spec["data"]["values"]
    return data


def test_against_samples_every_bound_and_every_vote_has_a_line(found: list[Scaling]) -> None:
    chart = charts.against_samples(found)
    assert {row["rule"] for row in rows(chart)} == {"cons@k", "pass@k", "pass^k"}
    of_r1 = [row for row in rows(chart) if row["model"] == "R1" and row["rule"] == "pass@k"]
    assert [row["x"] for row in of_r1] == [1, 2, 4]
    assert of_r1[-1]["y"] == 0.75


def test_all_models_together_are_shown_by_their_majorities_and_one_alone_with_its_bound(found: list[Scaling]) -> None:
    assert {row["rule"] for row in rows(charts.against_tokens(found))} == {"cons@k"}
    assert {row["rule"] for row in rows(charts.against_tokens(found[:1]))} == {"cons@k", "pass@k"}


def test_panels_share_their_x_axis(found: list[Scaling]) -> None:
    one, other = (charts.panel(panel, found) for panel in found)
    assert one.name != other.name
    scales = [chart.spec["layer"][1]["encoding"]["x"]["scale"] for chart in (one, other)]
    assert scales[0] == scales[1]
    low, high = scales[0]["domain"]
    assert low < 10
    assert high > 120


def test_a_panel_has_the_line_that_was_fitted(found: list[Scaling]) -> None:
    (fit,) = [layer for layer in charts.panel(found[1], found).spec["layer"] if "fit" in str(layer.get("data"))]
    curve = found[1].curve("majority")
    assert curve is not None
    assert curve.fit is not None
    ends = fit["data"]["values"]
    slope = (ends[1]["y"] - ends[0]["y"]) / 2  # from 10 to 40 tokens: twice twice
    assert slope == pytest.approx(curve.fit.slope, abs=1e-3)


def test_a_caption_says_of_what_by_which_estimator_and_how_drawn(found: list[Scaling]) -> None:
    caption = charts.panel(found[1], found).caption
    for said in ("4 held-out problems", "4 samples each", "Mean over all draws of k", "95 % over problems", "template"):
        assert said in caption
    for said in ("at most 96 tokens", "temperature 1", "2026-01-31", "For twice the tokens", "R²"):
        assert said in caption


def test_every_chart_is_drawn(found: list[Scaling]) -> None:
    for chart in (charts.against_samples(found), charts.against_tokens(found), charts.panel(found[0], found)):
        svg = vega.as_svg(chart)
        assert "var(" not in svg
        assert ">cons@k<" in svg or ">R1-Zero<" in svg
        assert chart.spec["description"].startswith(chart.title)

"""Charts of vote shares against accuracy."""

from __future__ import annotations

import pytest

from r1cli.report import reliability as charts
from r1cli.report import vega
from r1cli.results.reliability import Reliability, reliability
from tests.r1cli.results.sampled_answers import sample_set


@pytest.fixture
def found() -> list[Reliability]:
    known = reliability([sample_set({"a": "rrrr", "b": "rrrw", "c": "wwvr", "d": "wwww"})])
    assert known is not None
    return [known]


def test_each_bin_is_a_dot_with_its_count_and_the_error_is_told(found: list[Reliability]) -> None:
    chart = charts.calibration(found, "4 held-out problems")
    dots = chart.spec["data"]["values"]
    assert [(dot["x"], dot["y"], dot["n"]) for dot in dots] == [(0.5, 0.0, 1), (0.75, 1.0, 1), (1.0, 0.5, 2)]
    # distances .5, .25, .5, weighted by 1, 1 and 2 of 4
    assert "Expected calibration error: R1 0.44" in chart.caption
    assert chart.caption.endswith("4 held-out problems.")
    assert "<svg" in vega.as_svg(chart)


def test_who_answers_only_when_sure_answers_less(found: list[Reliability]) -> None:
    chart = charts.coverage(found, "4 held-out problems")
    dots = chart.spec["data"]["values"]
    assert [(dot["share"], dot["x"]) for dot in dots] == [(0.5, 1.0), (0.75, 0.75), (1.0, 0.5)]
    assert "<svg" in vega.as_svg(chart)

"""Numbers in tables: as few characters as can be, none of which mislead."""

from __future__ import annotations

import pytest

from r1cli.results.notation import (
    NONE,
    bounds,
    long_interval,
    name_of_score,
    p_value,
    short_interval,
    signed,
    without_zero,
)
from r1cli.results.statistics import Difference, Interval

SHARE, TOKENS = Interval(0.714, 0.684, 0.744), Interval(123.4, 118.4, 128.4)


def difference(mean: float, p: float | None = None) -> Difference:
    return Difference(mean, low=-0.05, high=0.29, p=p, over="seeds", n=5, paired=True)


def test_intervals_have_the_digits_that_their_size_needs() -> None:
    assert [short_interval(SHARE), short_interval(TOKENS), short_interval(None)] == ["0.71±.03", "123±5", NONE]
    assert [long_interval(SHARE), long_interval(TOKENS), long_interval(None)] == ["0.714 ± 0.030", "123.4 ± 5.0", NONE]


@pytest.mark.parametrize(
    ("mean", "written"), [(0.123, "+.12"), (-0.05, "-.05"), (1.26, "+1.3"), (-12.6, "-13"), (0.0, "+.00")]
)
def test_a_difference_has_a_sign(mean: float, written: str) -> None:
    assert signed(difference(mean)) == written


def test_a_star_marks_what_is_significant_only() -> None:
    assert signed(difference(0.123, p=0.049), star=True) == "+.12*"
    assert signed(difference(0.123, p=0.05), star=True) == "+.12"
    assert signed(difference(0.123, p=0.001)) == "+.12"


def test_bounds_and_p_values() -> None:
    assert bounds(difference(0.12)) == "-.05 +.29"
    assert [p_value(difference(0.12, p)) for p in (0.0311, 0.0004, 1.0, None)] == [".031", "<.001", "1.000", NONE]


def test_what_is_not_there_is_said_in_one_way() -> None:
    assert [signed(None), bounds(None), p_value(None)] == [NONE] * 3


@pytest.mark.parametrize(("number", "written"), [("0.12", ".12"), ("-0.12", "-.12"), ("10.5", "10.5"), ("0", "0")])
def test_a_share_loses_its_zero_and_nothing_else_does(number: str, written: str) -> None:
    assert without_zero(number) == written


def test_scores_are_called_what_people_call_them() -> None:
    assert [name_of_score(name) for name in ("accuracy", "cons_at_k", "elo")] == ["pass@1", "cons@k", "elo"]

"""Numbers as tables write them: intervals, signed differences, p-values."""

from __future__ import annotations

from r1cli.results.statistics import ALPHA, Difference, Interval

NONE = "-"
"""A measure that does not apply."""
NAMES_OF_SCORES = {"accuracy": "pass@1", "pass_at_k": "pass@k", "cons_at_k": "cons@k"}
"""Measure of a report -> what people call it as a benchmark's score."""


def name_of_score(measure: str) -> str:
    """What people call a measure: `accuracy` is pass@1; any other name stays as it is."""
    return NAMES_OF_SCORES.get(measure, measure)


def short_interval(interval: Interval | None) -> str:
    """Mean and half of the interval in as few characters as can be: `0.71±.03`."""
    if interval is None:
        return NONE
    if interval.mean >= 10:
        return f"{interval.mean:.0f}±{interval.half:.0f}"
    return f"{interval.mean:.2f}±{without_zero(f'{interval.half:.2f}')}"


def long_interval(interval: Interval | None) -> str:
    """`0.714 ± 0.030`."""
    if interval is None:
        return NONE
    digits = 1 if interval.mean >= 10 else 3
    return f"{interval.mean:.{digits}f} ± {interval.half:.{digits}f}"


def signed(difference: Difference | None, *, star: bool = False) -> str:
    """`+.12`; with `star`, marked where it is significant."""
    if difference is None:
        return NONE
    size = abs(difference.mean)
    digits = 2
    if size >= 1:
        digits = 0 if size >= 10 else 1
    text = without_zero(f"{difference.mean:+.{digits}f}")
    significant = difference.p is not None and difference.p < ALPHA
    return f"{text}*" if star and significant else text


def bounds(difference: Difference | None) -> str:
    """The 95 % interval of a difference: `-.05 +.29`."""
    if difference is None or difference.low is None or difference.high is None:
        return NONE
    return f"{without_zero(f'{difference.low:+.2f}')} {without_zero(f'{difference.high:+.2f}')}"


def p_value(difference: Difference | None) -> str:
    """Three digits: `.031`."""
    if difference is None or difference.p is None:
        return NONE
    return "<.001" if difference.p < 0.001 else without_zero(f"{difference.p:.3f}")


def without_zero(number: str) -> str:
    """`0.12` as `.12`: papers write shares so, and the column is narrow."""
    sign = number[0] if number[0] in "+-" else ""
    return sign + number[len(sign) :].removeprefix("0") if "." in number else number

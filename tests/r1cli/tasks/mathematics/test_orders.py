"""Intervals in all their spellings."""

from __future__ import annotations

import pytest

from r1cli.tasks.mathematics.orders import as_brackets, interval_of


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        ("]0,1[", "(0,1)"),
        ("[0,1[", "[0,1)"),
        ("]0;1]", "(0;1]"),
        (r"]0,1[\cup[2,3[", r"(0,1)\cup[2,3)"),
        (r"\{x|0<x<1\}", "0<x<1"),
        (r"\{x\in\mathbb{R}\mid x<1\}", "x<1"),
        ("x:x<1", "x<1"),
        ("[0,1],[2,3]", "[0,1],[2,3]"),
        ("(0,1)", "(0,1)"),
        (r"\{x|y<1\}", r"\{x|y<1\}"),
        ("5:3", "5:3"),
    ],
)
def test_an_interval_is_written_in_one_way(text: str, plainly: str) -> None:
    assert as_brackets(text) == plainly


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("0<x<1", ("x", "(0,1)")),
        (r"0\leq x<1", ("x", "[0,1)")),
        (r"1>x\geq0", ("x", "[0,1)")),
        ("x<2", ("x", r"(-\infty,2)")),
        (r"2\leq x", ("x", r"[2,\infty)")),
        (r"x>\frac{1}{2}", ("x", r"(\frac{1}{2},\infty)")),
        (r"x\in[0,1)", ("x", "[0,1)")),
        (r"x\in\mathbb{R}", None),
        ("0<x>1", None),
        ("x+y<2", None),
        ("x<y", None),
        ("x=2", None),
        ("2<3", None),
        ("x<2=y", None),
    ],
)
def test_an_inequality_says_an_interval(text: str, bounded: tuple[str, str] | None) -> None:
    assert interval_of(text) == bounded

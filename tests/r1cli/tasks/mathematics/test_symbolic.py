"""What is left to sympy: two expressions that mean the same, and texts that are none."""

from __future__ import annotations

import logging

import pytest

from r1cli.tasks.mathematics.symbolic import agrees, is_readable


@pytest.mark.parametrize(
    ("predicted", "gold"),
    [
        (r"\sin^2 x + \cos^2 x", "1"),
        ("(x+1)^2", "x^2+2x+1"),
        ("sqrt(8)", r"2\sqrt{2}"),
        (r"\frac{1}{2}x", "x/2"),
        ("x² - 1", "(x-1)(x+1)"),
        ("2**10", "1024"),
        ("50%", r"\frac{1}{2}"),
        ("x ≤ 3", r"x \leq 3"),
        ("2π", r"2\pi"),
    ],
)
def test_two_ways_to_write_the_same_agree(predicted: str, gold: str) -> None:
    assert agrees(predicted, gold) is True


@pytest.mark.parametrize(
    ("predicted", "gold"),
    [("(x+1)^2", "x^2+1"), ("sqrt(8)", "3"), ("x < 3", "x > 3"), ("2ab", "2"), ("3x", "3"), ("5", "5y")],
)
def test_different_expressions_do_not_agree(predicted: str, gold: str) -> None:
    assert agrees(predicted, gold) is False


def test_what_is_no_mathematics_cannot_be_told() -> None:
    assert agrees("", "x+1") is None
    assert not is_readable("")
    assert is_readable("x+1")


def test_its_warning_about_time_limits_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        agrees("x+1", "1+x")
    assert caplog.records == []

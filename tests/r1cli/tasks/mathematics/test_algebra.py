"""Exact algebra: what it decides is proven, what it cannot decide it declines."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.tasks.mathematics.algebra import read_value


def same(a: str, b: str) -> bool | None:
    x, y = read_value(a), read_value(b)
    return None if x is None or y is None else x.same(y)


EQUAL = [
    ("\\frac{3\\sqrt{2}}{2}\\pi", "\\pi\\cdot\\frac{3}{\\sqrt{2}}"), ("\\sqrt{1000000}", "1000"), ("2^10", "1024"),
    ("\\frac{1}{1+\\sqrt{2}}", "\\sqrt{2}-1"), ("(x-1)(x+1)", "x^2-1"), ("\\frac94", "2.25"), ("2^{-3}", "1/8"),
    ("x_1 + x_{2}", "x_{2} + x_1"), ("\\sqrt{\\frac{1}{2}}", "\\frac{\\sqrt2}{2}"), ("-2^2", "-4"), ("(-2)^2", "4"),
    ("\\sqrt{12345678}", "3\\sqrt{1371742}"), ("1{,}000".replace("{,}", ","), "1000"), ("\\frac{x^2-1}{x-1}", "x+1"),
]  # fmt: skip
DIFFERENT = [
    ("\\sqrt{2}", "\\sqrt{3}"), ("\\sqrt{2}", "\\frac{7}{5}"), ("x", "y"), ("x^2", "x^3"), ("\\pi", "3"),
    ("1+i", "1-i"), ("x_1", "x_2"), ("2x", "2"), ("\\sqrt{999999937}", "2"),
]  # fmt: skip
DECLINED = [
    "1/2x", "1\\frac{1}{2}", "1 2", "\\sqrt12", "\\sqrt[3]{8}", "\\sqrt{\\sqrt{2}}", "\\sqrt{x}", "\\sin x", "x=2",
    "x^y", "2^{1/2}", "2^{99999999999}", "10^{10^{10}}", "99999999!", "(a+b+c+d)^{60}", "1/0", "\\frac{1}{x-x}", "(",
    "", "|x|", "(" * 50, "\\frac", "2^", "é", "1" * 500, "\\frac123",
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal_values_are_equal(a: str, b: str) -> None:
    assert same(a, b) is True


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_values_are_different(a: str, b: str) -> None:
    assert same(a, b) is False


@pytest.mark.parametrize("text", DECLINED)
def test_what_is_ambiguous_or_too_big_is_declined(text: str) -> None:
    assert read_value(text) is None


def test_no_verdict_where_the_symbols_are_not_free_or_a_decimal_is_rounded() -> None:
    assert same("i^2", "-1") is None
    assert same("e", "\\pi") is None
    assert same("3.14159265", "\\pi") is None


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    """An expression of numbers, and its value."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.integers(0, 20))
        return str(number), Fraction(number)
    (a, x), (b, y) = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    kinds = [(f"({a}) + ({b})", x + y), (f"({a}) - ({b})", x - y), (f"({a})({b})", x * y), (f"({a})^2", x * x)]
    if y:
        kinds += [(f"\\frac{{{a}}}{{{b}}}", x / y), (f"({a})/({b})", x / y)]
    return draw(st.sampled_from(kinds))


@given(expressions(), expressions())
def test_numbers_are_computed_as_fractions_are(first: tuple[str, Fraction], second: tuple[str, Fraction]) -> None:
    (a, x), (b, y) = first, second
    assert same(a, b) in {x == y, None}
    assert same(a, a) in {True, None}


@given(st.integers(1, 2000), st.integers(1, 60))
def test_square_factors_leave_the_root(inside: int, outside: int) -> None:
    assert same(f"\\sqrt{{{inside * outside**2}}}", f"{outside}\\sqrt{{{inside}}}") is True
    assert same(f"(\\sqrt{{{inside}}})^2", str(inside)) is True


@given(st.text(alphabet="0123x\\frac{}()^+-*/ .sqrtpi", max_size=60), st.text(alphabet="0123x(){}^+- ", max_size=20))
def test_no_text_breaks_it_and_the_order_does_not_matter(a: str, b: str) -> None:
    assert same(a, b) == same(b, a)

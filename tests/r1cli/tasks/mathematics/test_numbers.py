"""Reading numbers: every way of writing one, and nothing that is none."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.tasks.mathematics.notation import plain
from r1cli.tasks.mathematics.numbers import COMMA_LANGUAGES, read_quantity


def values(text: str, *, comma: bool = False) -> tuple[Fraction, ...]:
    found = read_quantity(plain(text), comma=comma)
    return () if found is None else found.values


@given(st.integers(-(10**40), 10**40))
def test_integers_are_read_with_and_without_groups(number: int) -> None:
    for spelling in (str(number), f"{number:,}", f"{number:,}".replace(",", "{,}"), f"{number:,}".replace(",", " ")):
        assert values(spelling) == (Fraction(number),)
    assert values(f"{number:,}".replace(",", "."), comma=True)[-1] == number


@given(st.decimals(-(10**9), 10**9, places=4, allow_nan=False))
def test_decimals_are_read_with_a_point_and_with_a_comma(number: Decimal) -> None:
    english = f"{number:,f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    assert values(f"{number:f}") == values(english) == (Fraction(number),)
    assert Fraction(number) in values(swapped, comma=True)
    assert values(swapped) == (Fraction(number),)  # four digits after a comma are no group of three


@given(st.integers(-999, 999), st.integers(1, 999))
def test_fractions_are_read_in_every_notation(up: int, down: int) -> None:
    number = Fraction(up, down)
    for spelling in (f"{up}/{down}", f"\\frac{{{up}}}{{{down}}}", f"\\dfrac{{{up}}}{{{down}}}", f"${up} / {down}$"):
        assert values(spelling) == (number,)


@given(st.integers(1, 99), st.integers(1, 9), st.integers(10, 99))
def test_mixed_numbers_are_sums(whole: int, up: int, down: int) -> None:
    number = whole + Fraction(up, down)
    assert values(f"{whole} {up}/{down}") == values(f"{whole}\\frac{{{up}}}{{{down}}}") == (number,)
    assert values(f"-{whole} {up}/{down}") == (-number,)


@given(st.integers(0, 10**6), st.sampled_from("०٠๐০౦０"))
def test_digits_of_every_script_are_digits(number: int, zero: str) -> None:
    assert values("".join(chr(ord(zero) + int(digit)) for digit in str(number))) == (Fraction(number),)


@given(
    st.integers(0, 10**6), st.sampled_from(["cm", " cm", " apples", "个", " $", "^\\circ", "°", " km/h", "\\text{ m}"])
)
def test_a_unit_does_not_change_the_number(number: int, unit: str) -> None:
    assert values(f"{number}{unit}") == (Fraction(number),)


NONE = [
    "",
    "x",
    "3x",
    "2ab",
    "4/0",
    "1,5",
    "12,34,5",
    "1.2.3",
    "1 2",
    "not 4",
    "--4",
    "4 or 5",
    "2\\pi",
    "2i",
    "1:30",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    assert values(text) == ()


MEANINGS = [
    ("50%", False, (Fraction(50),)),
    ("1,234", False, (Fraction(1234),)),
    ("1,234", True, (Fraction(1234), Fraction(1234, 1000))),
    ("1.234", False, (Fraction(1234, 1000),)),
    ("1.234", True, (Fraction(1234, 1000), Fraction(1234))),
    ("1,5", True, (Fraction(3, 2),)),
    ("1000,99", False, (Fraction(100099, 100),)),
    ("0,111", False, (Fraction(111, 1000),)),
]


@pytest.mark.parametrize(("text", "comma", "meanings"), MEANINGS)
def test_all_meanings_of_a_number_are_kept(text: str, comma: bool, meanings: tuple[Fraction, ...]) -> None:
    assert values(text, comma=comma) == meanings


def test_a_comma_that_may_part_a_list_is_doubtful() -> None:
    for text, doubtful in (("1000,99", True), ("1,234", False), ("1.234,5", False), ("12", False)):
        found = read_quantity(text)
        assert found is not None
        assert found.doubtful is doubtful


def test_english_and_chinese_write_no_decimal_comma() -> None:
    assert {"fr", "de", "es", "ru"} <= COMMA_LANGUAGES
    assert not {"en", "zh", "ja", "th"} & COMMA_LANGUAGES


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    read_quantity(plain(text), comma=True)

"""Numbers in words, as digits."""

import pytest

from r1cli.tasks.mathematics.number_words import in_digits

CASES = [
    ("forty-two", "42"),
    ("one hundred and five", "105"),
    ("two thirds", "2/3"),
    ("5 million", "5000000"),
    ("3 dozen", "36"),
    ("5万", "50000"),
    ("三十二", "32"),
    ("百分之五", "5%"),
    ("三分之二", "2/3"),
    ("二千零十六", "2016"),
    ("5 minus one", "5 - 1"),
    ("negative 5", "-5"),
    ("5千克", "5千克"),
    ("two three", "two three"),
    ("2 and a half", "2 1/2"),
]


@pytest.mark.parametrize(("words", "digits"), CASES)
def test_words_are_digits(words: str, digits: str) -> None:
    assert in_digits(words) == digits

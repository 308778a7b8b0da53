"""Which words behind a number are units."""

import pytest

from r1cli.tasks.mathematics.units import is_unit

CASES = [
    (" apples", True),
    (" square feet", True),
    ("cm", True),
    ("个", True),
    (" miles per hour", True),
    (" million", False),
    (" is wrong", False),
    (" minus one", False),
    ("x", False),
    ("不对", False),
    (" or six", False),
    ("-", False),
]


@pytest.mark.parametrize(("text", "fine"), CASES)
def test_a_unit_changes_nothing(text: str, fine: bool) -> None:
    assert is_unit(text) is fine

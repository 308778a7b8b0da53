"""r1cli.tasks.code.compare: what is printed, as text and as numbers."""

from __future__ import annotations

import pytest

from r1cli.tasks.code.compare import same_output

PRINTED = [  # printed, wanted, the same as text, the same as numbers
    ("1 2\n3", "1 2\n3\n", True, True),
    ("1 2 \n3\n\n", "1 2\n3", True, True),
    (" 1 2\n 3", "1 2\n3", False, True),
    ("1.0 2", "1 2.00", False, True),
    ("50000000000000001", "50000000000000000", False, False),
    ("0.1", "0.10000000000000001", False, False),
    ("1e3", "1000", False, True),
    ("yes", "Yes", False, False),
    ("1 2", "12", False, False),
    ("1\n\n2", "1\n2", False, False),
    ("nan", "nan ", True, True),
    ("sNaN 1", "sNaN  1", False, False),
    ("nan", "NaN", False, False),
    ("", "", True, True),
    ("9" * 20_000, "9" * 20_000 + ".0", False, True),
    ("1e999999999999999999999", "2e999999999999999999999", False, False),
]


@pytest.mark.parametrize(("printed", "wanted", "text", "numbers"), PRINTED)
def test_outputs_are_the_same_as_text_or_as_numbers(printed: str, wanted: str, text: bool, numbers: bool) -> None:
    assert same_output(printed, wanted, "text") is text
    assert same_output(printed, wanted, "numbers") is numbers

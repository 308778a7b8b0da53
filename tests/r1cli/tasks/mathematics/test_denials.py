"""What a text takes back."""

import pytest

from r1cli.tasks.mathematics.denials import is_refuted, is_taken_back

CASES = [
    ("That is wrong.", True),
    (" is not correct", True),
    ("No, that is incorrect", True),
    ("I hope this helps!", False),
    ("This is the value that we wanted.", False),
    ("是错的", True),
]


@pytest.mark.parametrize(("after", "taken_back"), CASES)
def test_an_answer_is_taken_back_or_not(after: str, taken_back: bool) -> None:
    assert (is_taken_back(after) or is_refuted(after)) is taken_back

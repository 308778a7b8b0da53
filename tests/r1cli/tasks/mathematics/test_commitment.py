"""What a sentence commits to."""

import pytest

from r1cli.tasks.mathematics.commitment import committed

CASES = [
    ("So it is 5", "5"),
    ("48 + 24 = 72", "72"),
    ("2x = 5", "2x = 5"),
    ("7 = 5", "7 = 5"),
    ("each part is \\frac{2}{5} tons", "\\frac{2}{5} tons"),
    ("he has 5, or maybe six", "he has 5, or maybe six"),
    ("2x = 10 \\implies x = 5", "x = 5"),
    ("5 is wrong", ""),
    ("not 10 but 12", "12"),
]


@pytest.mark.parametrize(("sentence", "answer"), CASES)
def test_a_sentence_commits_to_one_thing(sentence: str, answer: str) -> None:
    assert committed(sentence) == answer

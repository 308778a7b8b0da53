"""Which words inside markup count."""

import pytest

from r1cli.language.markup import open_words

CASES = [
    ("$\\text{she sold ten clips}$", "she sold ten clips"),
    ("$v_{max} = total$", ""),
    ("`total_cost`", ""),
    ("`she` `sold` `clips`", "she sold clips"),
    ("$AB \\parallel CD$", ""),
    ("```\nfor item in items:\n```", ""),
    ("$\\text{площадь}$", "площадь"),
]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_words_count_where_they_stand_side_by_side(text: str, words: str) -> None:
    side_by_side, _ = open_words(text)
    assert [word for word in side_by_side.split() if len(word) > 1] == words.split()

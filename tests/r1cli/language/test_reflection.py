"""Reflection words are counted as the paper's figure 9 counts them."""

from __future__ import annotations

import pytest

from r1cli.language.reflection import reflections

WORDS = {"en": ["wait", "but"], "zh": ["等等", "错"]}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Wait, wait: 3+4=8. But no", 3),
        ("waiting for the button", 0),
        ("等等，这里错了。 wait", 3),
        ("错错", 2),
    ],
)
def test_whole_words_of_latin_letters_and_chinese_ones_anywhere(text: str, count: int) -> None:
    assert reflections(text, WORDS) == count


def test_no_words_no_count() -> None:
    assert reflections("wait", {}) == 0

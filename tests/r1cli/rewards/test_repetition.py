"""The repetition penalty against n-grams counted by hand, in words and in characters, in several scripts."""

from typing import Literal

import pytest

from r1cli.data.filters import repetition
from r1cli.data.rows import Row
from r1cli.rewards.repetition import Repetition, words
from r1cli.template import parse

ROW = Row("a", "?")

CASES = [
    # columns: unit, n, text, share of n-grams seen before
    ("word", 2, "a b c d", 0.0),
    ("word", 2, "a b a b", 1 / 3),  # ab ba ab
    ("word", 2, "A b, a B!", 1 / 3),
    ("word", 3, "so it is so it is so it is", 4 / 7),
    ("word", 1, "no no no no", 3 / 4),
    ("word", 3, "too short", 0.0),
    ("word", 3, "", 0.0),
    ("word", 2, "二二二二", 2 / 3),
    ("word", 3, "所以是这样所以是这样", 3 / 8),
    ("word", 2, "ใช่ใช่", 2 / 5),
    ("word", 2, "はいはい", 1 / 3),
    ("word", 2, "4 + 4 = 8, 4 + 4 = 8", 2 / 5),
    ("character", 2, "abab", 1 / 3),
    ("character", 2, "二二二二", 2 / 3),
    ("character", 3, "ab", 0.0),
]


@pytest.mark.parametrize(("unit", "n", "text", "share"), CASES)
def test_the_penalty_is_the_share_of_repeated_ngrams(
    unit: Literal["word", "character"], n: int, text: str, share: float
) -> None:
    reward = Repetition(largest=2.0, ngram=n, unit=unit)
    assert reward.score(parse(text), ROW) == pytest.approx(-2.0 * share)


def test_the_penalty_of_characters_is_the_rejection_filters_own() -> None:
    text = "so it is so it is 所以所以"
    assert Repetition(largest=1.0, ngram=5, unit="character").score(parse(text), ROW) == -repetition(text, 5)


def test_words_are_those_of_a_reader() -> None:
    assert words("Don't stop_now: 12 clips今日は") == ("don", "t", "stop", "now", "12", "clips", "今", "日", "は")


def test_the_whole_response_is_looked_at() -> None:
    reward = Repetition(largest=1.0, ngram=1, unit="word")
    split = reward.score(parse("<think>one two</think><answer>three</answer>"), ROW)
    assert split == reward.score(parse("one two think answer think three answer"), ROW)
    assert split is not None
    assert split < 0

"""Repetition penalty: the share of a response's n-grams that it has said before (Yeo et al. 2025, arXiv 2502.03373).

    -largest * (1 - different n-grams / n-grams)

The sum over a response that GRPO needs, as open-r1 has it; the paper itself takes 0.05 from each token of a repeated
40-gram. Where open-r1 splits at spaces, and so sees a Chinese loop as one word, a word here is as in `UNITS`: a Han,
kana or Thai character counts by itself.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import NonNegativeFloat, PositiveInt

from r1cli.data.filters import repetition
from r1cli.data.rows import Row
from r1cli.rewards.base import Rule
from r1cli.template import Completion

_UNSPACED = "\u0e01-\u0e3a\u0e40-\u0e4e\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
UNITS = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
"""A word, a number, or a character of a script that puts no spaces between words."""


class Repetition(Rule):
    """0 where no n-gram comes twice, almost -largest for a loop; over the whole response, for rows of every kind."""

    largest: NonNegativeFloat
    """The penalty that a loop comes close to."""
    ngram: PositiveInt
    """Length of the n-grams, in units."""
    unit: Literal["word", "character"]
    """Words, in lower case, or characters as the rejection filter counts them."""

    def score(self, completion: Completion, row: Row) -> float | None:
        text = completion.text
        said = repetition(words(text) if self.unit == "word" else text, self.ngram)
        return -self.largest * said if said else 0.0


def words(text: str) -> tuple[str, ...]:
    """The units of a text, in lower case."""
    return tuple(UNITS.findall(text.lower()))

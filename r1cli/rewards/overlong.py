"""Soft overlong punishment: responses that near the length limit lose up to a point (DAPO, arXiv 2503.14476, eq. 13).

    0                                            length <= L_max - L_cache
    ((L_max - L_cache) - length) / L_cache       L_max - L_cache < length <= L_max
    -1                                           L_max < length

R1 has no such term; add it where truncated responses are many.
"""

from __future__ import annotations

from pydantic import Field, PositiveInt

from r1cli.data.rows import Row
from r1cli.rewards.base import Rule
from r1cli.template import Completion


class SoftOverlong(Rule):
    """From 0 down to -1, for rows of every kind; None where the length in tokens is unknown."""

    max_tokens: PositiveInt
    """Longest response that the trainer samples, L_max."""
    margin: float = Field(gt=0, le=1)
    """The punishment grows over this share of it, L_cache / L_max."""

    def score(self, completion: Completion, row: Row) -> float | None:
        if completion.tokens == 0 and completion.text:
            return None
        cache = self.margin * self.max_tokens
        over = completion.tokens - (self.max_tokens - cache)
        return -min(over / cache, 1.0) if over > 0 else 0.0

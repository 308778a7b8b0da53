"""Format: one thought and one answer, each in its tags, nothing else (paper V2 2.2; how strictly, it does not say).

All or nothing: part marks for single tags would pay for `</answer><think>` and the like.
"""

from __future__ import annotations

from r1cli.data.rows import Row
from r1cli.rewards.base import Rule
from r1cli.template import Completion


class Format(Rule):
    """1 if the response keeps the grammar of `r1cli.template`, else 0; for rows of every kind."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return float(completion.well_formed)

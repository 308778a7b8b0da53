"""Accuracy: is the final answer right? 1 or 0, by rule, never by a model (paper V2 2.2)."""

from __future__ import annotations

from r1cli.rewards.base import Reward
from r1cli.tasks.base import Row
from r1cli.template import Completion


class Accuracy(Reward):
    """The row's own task verifies, as for rejection sampling and evaluation; None where nothing can be verified."""

    def score(self, completion: Completion, row: Row) -> float | None:
        right = row.verify(completion)
        return None if right is None else float(right)

"""Accuracy: is the final answer right? By rule, never by a model (paper V2 2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.data.rows import Row
from r1cli.rewards.base import Reward
from r1cli.tasks.base import judge
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome


class Accuracy(Reward):
    """The row's own task judges, as for rejection sampling and evaluation; None where nothing can be verified."""

    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge(completions, rows)

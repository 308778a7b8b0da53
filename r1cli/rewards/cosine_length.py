"""Cosine length reward: right answers earn more when short, wrong ones when long (Yeo et al. 2025, arXiv 2502.03373).

    right or wrong:   long + (short - long) (1 + cos(pi length / max_tokens)) / 2
    length at max_tokens or more:   exceeded

where `short` is what a response of no length would earn and `long` what one of max_tokens would. A wrong answer that
thinks longer loses less, so that hard problems get more thought. The paper's equation 1 and its code agree on this; we
hold the length in tokens at max_tokens, so the cosine never climbs back. It stands in for the accuracy term, not beside
it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pydantic import PositiveInt

from r1cli.data.rows import Row
from r1cli.rewards.base import Reward
from r1cli.tasks.base import judge
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome


class CosineLength(Reward):
    """The row's own task judges; None where nothing can be verified or the length in tokens is unknown."""

    max_tokens: PositiveInt
    """Longest response that the trainer samples, L_max."""
    right_short: float
    """A right answer of no length, r_0^c."""
    right_long: float
    """A right answer of just below max_tokens, r_L^c."""
    wrong_short: float
    """A wrong answer of no length, r_0^w."""
    wrong_long: float
    """A wrong answer of just below max_tokens, r_L^w."""
    exceeded: float
    """Any response of max_tokens or more, r_e."""

    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Where there was no answer, or judging it took too long, it counts as wrong and keeps its status."""
        verdicts = judge(completions, rows)
        return [self._outcome(c, verdict) for c, verdict in zip(completions, verdicts, strict=True)]

    def _outcome(self, completion: Completion, verdict: Outcome) -> Outcome:
        if verdict.right is None:
            return verdict
        if completion.tokens == 0 and completion.text:
            return Outcome(None, "not_applicable", note="the length in tokens is unknown")
        return replace(verdict, value=self._value(completion.tokens, right=verdict.right))

    def _value(self, tokens: int, *, right: bool) -> float:
        if tokens >= self.max_tokens:
            return self.exceeded
        short, long = (self.right_short, self.right_long) if right else (self.wrong_short, self.wrong_long)
        return long + (short - long) * (1.0 + math.cos(math.pi * tokens / self.max_tokens)) / 2

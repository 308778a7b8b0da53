"""Reward: one term of the sum that reinforcement learning maximises.

A rule sees one completion and its row; accuracy and what builds on it judge a batch at once. What a reward model thinks
is `r1cli.rewards.preference`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from pydantic import model_validator

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.rewards.preference import PreferenceReward
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome, attempt


class Reward(Component):
    """A term that is a function of text: implement `outcomes`, or derive from `Rule` to score one by one."""

    @abstractmethod
    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """The unweighted rewards of a batch, in the same order.

        Never raises because of what a model wrote: what breaks is a counted crash, never a zero.
        """


class Rule(Reward):
    """A reward of one completion and its row: implement `score`."""

    @abstractmethod
    def score(self, completion: Completion, row: Row) -> float | None:
        """The reward, unweighted; None means "does not apply to this row"."""

    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [attempt(partial(self.score, c, r)) for c, r in zip(completions, rows, strict=True)]


class Rewards(Component):
    """`conf/reward/*.yaml`: named terms, and their weights in one place."""

    weights: dict[str, float]
    """Factor of each term in the sum; 0 keeps a rule in the log without training on it."""
    terms: dict[str, Reward | PreferenceReward]

    def weights_in_order(self) -> list[float]:
        """In the order of the terms, whatever the order in which the weights are written."""
        return [self.weights[name] for name in self.terms]

    @model_validator(mode="after")
    def _every_weight_has_a_term(self) -> Rewards:
        if missing := sorted(set(self.weights) ^ set(self.terms)):
            raise ValueError(f"weights and terms must have the same names; check {', '.join(missing)}")
        return self

"""Reward: one term of the sum that reinforcement learning maximises.

A rule reward is a pure function of text. A preference reward asks a reward model, which is handed in, sees only the
part of the response that it should see, and sleeps until its start step (paper V2 3.2.2: only in the last 400 updates).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial

from pydantic import model_validator

from r1cli.component import Component
from r1cli.data.rows import Row, RowKind
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome, attempt

Scorer = Callable[[Sequence[str], Sequence[str]], list[float]]
"""(prompts, responses) -> one score each; chunked inside, so any number may be asked for."""


class Reward(Component):
    """A rule: `score` looks at one completion and its row."""

    @abstractmethod
    def score(self, completion: Completion, row: Row) -> float | None:
        """The reward, unweighted; None means "does not apply to this row"."""

    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """`score` for a batch, in the same order. Never raises: what breaks is a counted crash, never a zero."""
        return [attempt(partial(self.score, c, r)) for c, r in zip(completions, rows, strict=True)]


class PreferenceReward(Component):
    """A reward model's opinion, for rows of one kind, from a given update on."""

    input: str
    """The stage's input that holds the reward model (`helpful_rm`)."""
    kind: RowKind
    """Rows of this kind are scored, others get None."""
    start_step: int
    """First update at which the model is asked; before that it is not even run."""

    @abstractmethod
    def visible(self, completion: Completion) -> str:
        """The part of the response that the reward model sees."""


class Rewards(Component):
    """`conf/reward/*.yaml`: named terms, and their weights in one place."""

    weights: dict[str, float]
    """Factor of each term in the sum; 0 keeps a rule in the log without training on it."""
    terms: dict[str, Reward | PreferenceReward]

    @model_validator(mode="after")
    def _every_weight_has_a_term(self) -> Rewards:
        if missing := sorted(set(self.weights) ^ set(self.terms)):
            raise ValueError(f"weights and terms must have the same names; check {', '.join(missing)}")
        return self

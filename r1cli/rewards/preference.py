"""Preference reward: a reward model's opinion of responses to general requests (paper V2 3.1).

Which part of a response the model sees is a property of the model: it is recorded where the model is trained, and read
from there when it is asked, so that both see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from r1cli.component import Component
from r1cli.data.rows import RowKind
from r1cli.template import Completion

Sees = Literal["answer", "whole"]
"""answer: the final answer alone, so that the thought stays free; whole: all that was written, thought included."""


class Scorer(Protocol):
    """A reward model as a function."""

    def __call__(self, prompts: Sequence[str], completions: Sequence[Completion]) -> list[float]:
        """One score for each completion; any number of them, as it is chunked inside."""


class PreferenceReward(Component):
    """A reward model's score, for rows of one kind, from a given update on."""

    input: str
    """The stage's input that holds the reward model (`helpful_rm`)."""
    kind: RowKind
    """Rows of this kind are scored, others get None."""
    sees: Sees | None
    """What the reward model sees; None: what it was trained on. Only a model from elsewhere has to be told, and a value
    that contradicts the training is refused."""
    start_step: int
    """First update at which the model is asked; before that it is not even run."""


def visible(completion: Completion, sees: Sees) -> str:
    """The part of a completion that a reward model reads."""
    return completion.answer if sees == "answer" else completion.text

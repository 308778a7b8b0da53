"""Harmlessness: a reward model's opinion of all that was written, thought included (paper V2 3.1)."""

from __future__ import annotations

from r1cli.rewards.base import PreferenceReward
from r1cli.template import Completion


class Harmlessness(PreferenceReward):
    """Sees the whole response: harm may be in the thought."""

    def visible(self, completion: Completion) -> str:
        return completion.text

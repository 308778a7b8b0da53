"""Helpfulness: a reward model's opinion of the final answer (paper V2 3.1: it sees the summary only)."""

from __future__ import annotations

from r1cli.rewards.base import PreferenceReward
from r1cli.template import Completion


class Helpfulness(PreferenceReward):
    """Sees the answer, not the thought."""

    def visible(self, completion: Completion) -> str:
        return completion.answer

"""Random reward, a control: whatever training on it improves was not learnt from the reward.

Shao et al. 2025 ("Spurious Rewards: Rethinking Training Signals in RLVR", arXiv 2506.10947) draw 1 with probability
0.5, whatever the response says, and still see some base models gain.
"""

from __future__ import annotations

import hashlib

from pydantic import Field

from r1cli.data.rows import Row
from r1cli.rewards.base import Rule
from r1cli.template import Completion


class Random(Rule):
    """1 with the given probability, else 0.

    The draw is a hash of seed, row and text, so that it depends on no batch and a resumed run repeats it. Responses of
    a group that are equal to the letter share theirs.
    """

    probability: float = Field(ge=0, le=1)
    """Of a 1."""
    seed: int
    """Another seed, another draw."""

    def score(self, completion: Completion, row: Row) -> float | None:
        key = "\0".join((str(self.seed), row.id, completion.text)).encode("utf-8", "surrogatepass")
        drawn = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
        return float(drawn < self.probability)

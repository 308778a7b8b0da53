"""The sampling rule: how a token is drawn from logits, the same on every backend.

It is vLLM's own rule, an exponential race (Gumbel's trick without the logarithms). With p the probabilities after
temperature and top-p, and e_v independent draws from Exp(1), one for each token v of the vocabulary,

    token = argmax_v p_v / e_v

is distributed as p. The e_v come from a random number generator that belongs to one completion alone. So what is drawn
for a completion depends on its seed and its logits, and neither on its neighbours nor on the size of the batch.
Backends that share the rule can be compared token for token.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

SEED_BITS = 63
"""torch takes seeds up to 2**64, vLLM and many served models signed integers of 64 bits."""


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """How tokens are drawn, apart from the seed."""

    temperature: float
    """0: the most likely token, nothing is drawn."""
    top_p: float = 1.0
    """Only the most likely tokens that together reach this probability; 1: all."""

    def filtered(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits (B, V) in float32 after temperature and top-p; tokens that are out get minus infinity."""
        scores = logits.float()
        if self.temperature not in {0.0, 1.0}:
            scores = scores / self.temperature
        return scores if self.top_p >= 1 else _nucleus(scores, self.top_p)

    def draw(self, logits: torch.Tensor, generators: Sequence[torch.Generator]) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens (B,) and their log-probabilities (B,), one generator a row; logits are (B, V)."""
        scores = self.filtered(logits)
        logprobs = scores.log_softmax(dim=-1)  # (B, V)
        if self.temperature == 0:
            tokens = scores.argmax(dim=-1)
        else:
            tokens = scores.softmax(dim=-1).div_(_exponentials(scores, generators)).argmax(dim=-1)
        return tokens, logprobs.gather(1, tokens[:, None])[:, 0]


def _exponentials(like: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
    """Draws from Exp(1), (B, V): what `exponential_` gives with the generator of each row, to the last bit.

    On a CPU that function takes the logarithms one at a time, a fifth of the time of a rollout; here they are taken of
    all rows at once.
    """
    if like.device.type != "cpu":
        race = like.new_empty(like.shape)
        for row, generator in zip(race, generators, strict=True):
            row.exponential_(generator=generator)
        return race
    import torch

    uniform = like.new_empty(like.shape, dtype=torch.float64)
    for row, generator in zip(uniform, generators, strict=True):
        row.uniform_(generator=generator)
    return uniform.neg_().log1p_().neg_().float()


def seed_of(*parts: int | str) -> int:
    """A seed of its own for each combination of parts, say (seed of the stage, row id, number of the sample)."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - SEED_BITS)


def generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """The random numbers of one completion."""
    import torch

    return torch.Generator(device).manual_seed(seed)


def _nucleus(scores: torch.Tensor, top_p: float) -> torch.Tensor:
    """The smallest set of most likely tokens whose probabilities reach `top_p`; at least one token stays.

    Tokens are ranked from the least likely up, as vLLM does, so that ties are cut at the same place.
    """
    ascending, order = scores.sort(dim=-1)  # (B, V)
    cumulated = ascending.softmax(dim=-1).cumsum(dim=-1)
    dropped = cumulated <= 1 - top_p
    dropped[:, -1] = False
    return scores.masked_fill(dropped.scatter(1, order, dropped), float("-inf"))

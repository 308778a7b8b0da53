"""In which order rows are trained on, and how a batch becomes tensors.

Every stage draws its whole order before the first update, from its own seed, and reads it front to back: a resumed run
then only has to know how far it was. (TRL's own sampler starts every epoch of a resumed run with the first epoch's
permutation.)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

POOL = 16
"""Batches that are sorted by length together: little padding, and the order of batches stays random."""
IGNORED = -100
"""Label of a token that is read and not predicted (torch's cross entropy leaves it out)."""

Document = tuple[list[int], list[int]]
"""Token ids of a prompt and of its response."""


def order_of_training(lengths: Sequence[int], *, epochs: int, batch_size: int, seed: int) -> list[int]:
    """Row numbers in the order in which they are trained on: whole batches only, each of rows of similar length.

    Every epoch has its own permutation; the last batch is filled up from one more. Rows are sorted by length within
    pools of a few batches (little padding), then the batches of each pool are shuffled.

    Args:
        lengths: of each row, in tokens.
        epochs: passes over the rows.
        batch_size: rows of one update.
        seed: of all permutations.
    """
    rng = random.Random(seed)
    rows = list(range(len(lengths)))
    order: list[int] = []
    for _ in range(epochs):
        order += _shuffled(rows, rng)
    while len(order) % batch_size:
        missing = batch_size - len(order) % batch_size
        order += _shuffled(rows, rng)[:missing]
    by_length: list[int] = []
    for pool in _slices(order, batch_size * POOL):
        batches = _slices(sorted(pool, key=lengths.__getitem__), batch_size)
        for batch in _shuffled(batches, rng):
            by_length += batch
    return by_length


def batches_of_similar_length(documents: list[Document], size: int, rng: random.Random) -> list[list[Document]]:
    """Whole batches of one pass over `documents`, in random order; what is left over at the end is dropped."""
    batches = []
    for pool in _slices(documents, size * POOL):
        by_length = sorted(pool, key=lambda d: len(d[0]) + len(d[1]))
        batches += [batch for batch in _slices(by_length, size) if len(batch) == size]
    rng.shuffle(batches)
    return batches


def padded(batch: list[Document], pad: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, labels), each (B, T), T the longest document, padded at the right; labels are IGNORED on prompts, padding.

    Causal attention needs no mask with that: padding comes last, so nothing that counts looks at it.
    """
    import torch

    longest = max(len(prompt) + len(response) for prompt, response in batch)
    ids, labels = [], []
    for prompt, response in batch:
        padding = longest - len(prompt) - len(response)
        ids.append([*prompt, *response, *[pad] * padding])
        labels.append([IGNORED] * len(prompt) + response + [IGNORED] * padding)
    return torch.tensor(ids).to(device), torch.tensor(labels).to(device)


def _shuffled(items: list[T], rng: random.Random) -> list[T]:
    return rng.sample(items, len(items))


def _slices(items: list[T], size: int) -> list[list[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]

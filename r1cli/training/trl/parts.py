"""Parts of a batch of rollouts, and the metrics that TRL logs of each, merged into those of the batch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from r1cli.generators.rule import seed_of
from r1cli.training.trl.chunks import Chunk

if TYPE_CHECKING:
    import torch

COMPLETION_COLUMNS = ("completion_ids", "completion_mask", "old_per_token_logps", "ref_per_token_logps", "tool_mask",
                      "sampling_per_token_logps")  # fmt: skip
"""Tensors of shape (B, C)."""


class MergedMetrics:
    """Metrics that TRL appends for each chunk, merged into one value a batch: means weighted by tokens."""

    def __init__(self, metrics: dict[str, list[float]]) -> None:
        self.metrics = metrics
        self.before = {name: len(values) for name, values in metrics.items()}
        self.tokens: list[float] = []

    def took(self, tokens: float) -> None:
        """A chunk is done that had so many tokens."""
        self.tokens.append(tokens)

    def finish(self) -> None:
        """All chunks are done: one value a metric is left of theirs."""
        total = sum(self.tokens)
        for name, values in self.metrics.items():
            added = values[self.before.get(name, 0) :]
            if len(added) != len(self.tokens):
                continue
            if name.endswith(("_min", "/min")):
                merged = min(added)
            elif name.endswith(("_max", "/max")):
                merged = max(added)
            else:
                merged = sum(v * n for v, n in zip(added, self.tokens, strict=True)) / max(total, 1.0)
            values[self.before.get(name, 0) :] = [merged]


def part_of(batch: dict[str, Any], chunk: Chunk) -> dict[str, Any]:
    """The batch's tensors for the rows of a chunk, without columns that are padding in all of them."""
    import torch

    part: dict[str, Any] = {}
    for name, value in batch.items():
        if not isinstance(value, torch.Tensor) or value.dim() == 0:
            part[name] = value
        elif name in {"prompt_ids", "prompt_mask"}:
            part[name] = value[chunk.rows, value.shape[1] - chunk.prompt :]
        elif name in COMPLETION_COLUMNS or (name == "importance_sampling_ratio" and value.shape[1] > 1):
            part[name] = value[chunk.rows, : chunk.completion]
        else:
            part[name] = value[chunk.rows]
    return part


def cut_into_updates(
    rollout: dict[str, Any], number: int, *, seed: tuple[int, int], process: int
) -> list[dict[str, Any]]:
    """A rollout split at random into `number` batches: of each `number` completions in a row, one goes into each.

    So a batch holds the same completions however many processes share them, each of which cuts its own part. (TRL
    shuffles the part of each process with random numbers of that process.)

    Args:
        rollout: this process's part, tensors of shape (B, ...); numbers stay as they are.
        number: of updates; a divisor of B.
        seed: of the stage, and the update at which the rollout was sampled.
        process: number of this process; those before it hold the B completions before these.
    """
    import torch

    rows = len(rollout["advantages"])
    blocks = rows // number
    chosen: list[list[int]] = [[] for _ in range(number)]
    for block in range(blocks):
        rng = random.Random(seed_of(*seed, "update", process * blocks + block))
        for update, place in enumerate(rng.sample(range(number), number)):
            chosen[update].append(block * number + place)
    return [{name: _rows_of(value, torch.tensor(part)) for name, value in rollout.items()} for part in chosen]


def _rows_of(value: Any, rows: torch.Tensor) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value if value.ndim == 0 else value[rows.to(value.device)]
    return value if value is None else [value[row] for row in rows.tolist()]


def loss_mask(batch: dict[str, Any]) -> torch.Tensor:
    """(B, C) which tokens count in the loss: those of completions, without what tools wrote."""
    mask: torch.Tensor = batch["completion_mask"]
    return mask * batch["tool_mask"] if "tool_mask" in batch else mask

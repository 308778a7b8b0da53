"""What the processes of one training must do the same number of times, or agree on.

Sharded weights are gathered in every forward pass and gradients are reduced in every backward pass, and both take all
processes. But each process cuts its own part of a batch into chunks, by the lengths of its own completions. So they
first agree on a number of chunks; who has fewer cuts some of its own in two.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from r1cli.training.trl.chunks import Chunk


def most(accelerator: Any, number: int) -> int:
    """The largest of the numbers that the processes give."""
    if accelerator.num_processes == 1:
        return number
    import torch
    from torch.distributed import ReduceOp, all_reduce

    largest = torch.tensor(number, device=accelerator.device)
    all_reduce(largest, ReduceOp.MAX)
    return int(largest)


def as_many_as(number: int, parts: list[Chunk]) -> list[tuple[Chunk, float]]:
    """`number` chunks that hold the same rows, each with its weight: 0 for one that only keeps the others company."""
    parts = list(parts)
    while len(parts) < number:
        place = max(range(len(parts)), key=lambda i: len(parts[i].rows))
        chunk, half = parts[place], len(parts[place].rows) // 2
        if half == 0:
            break
        parts[place : place + 1] = [replace(chunk, rows=chunk.rows[:half]), replace(chunk, rows=chunk.rows[half:])]
    company = number - len(parts)
    return [(parts[0], 0.0)] * company + [(chunk, 1.0) for chunk in parts]


@contextlib.contextmanager
def accumulating(accelerator: Any, model: Any) -> Iterator[None]:
    """Forward and backward of a chunk that others follow: its gradients are kept, no update is made.

    DDP averages the gradients of all chunks at once, at the last. FSDP2 and ZeRO reduce those of every chunk: whole
    gradients on each process are what they are there to avoid. DeepSpeed's backward would make the update as well.
    """
    kind = accelerator.distributed_type.name
    if kind == "DEEPSPEED":
        state = accelerator.gradient_state
        before = state.sync_gradients
        state._set_sync_gradients(False)  # noqa: SLF001 - accelerate's own way is its accumulation, which is not ours
        try:
            yield
        finally:
            state._set_sync_gradients(before)  # noqa: SLF001
    elif kind == "FSDP":
        yield
    else:
        with accelerator.no_sync(model):
            yield

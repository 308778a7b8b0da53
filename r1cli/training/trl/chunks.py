"""A batch of rollouts cut into chunks of similar length, each trimmed to its own longest row.

TRL pads a batch to its longest prompt and its longest completion, and computes all of it. Completions differ much in
length, so most of that is padding. Here rows are sorted by length, cut into chunks of at most `budget` tokens, padding
included, and every chunk is trimmed. One row that is longer than the budget is a chunk of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Chunk:
    """Some rows of a batch (B, P + C) of left-padded prompts and right-padded completions."""

    rows: torch.Tensor
    """(R,) numbers of the rows, longest first."""
    prompt: int
    """Tokens of the longest prompt among them."""
    completion: int
    """Tokens of the longest completion among them; at least 1."""


def chunks(
    prompt_mask: torch.Tensor, completion_mask: torch.Tensor, *, budget: int, rows: torch.Tensor | None = None
) -> Iterator[Chunk]:
    """Cut a batch; `rows` are those that matter, all by default.

    Args:
        prompt_mask: (B, P), 1 for tokens of the prompt, which end at the right.
        completion_mask: (B, C), 1 for tokens of the completion, which begin at the left.
        budget: tokens of a chunk, padding included.
        rows: (R,) numbers of rows.
    """
    import torch

    prompts, completions = prompt_mask.sum(1), completion_mask.sum(1)  # (B,)
    if rows is None:
        rows = torch.arange(len(prompts), device=prompts.device)
    order = rows[torch.argsort((prompts + completions)[rows], descending=True, stable=True)]
    prompt_lengths, completion_lengths = prompts[order].tolist(), completions[order].tolist()
    first, longest_prompt, longest_completion = 0, 0, 1
    for i, (prompt, completion) in enumerate(zip(prompt_lengths, completion_lengths, strict=True)):
        wider = max(longest_prompt, prompt), max(longest_completion, completion)
        if i > first and sum(wider) * (i - first + 1) > budget:
            yield Chunk(order[first:i], longest_prompt, longest_completion)
            first, wider = i, (prompt, max(1, completion))
        longest_prompt, longest_completion = wider
    if len(order):
        yield Chunk(order[first:], longest_prompt, longest_completion)

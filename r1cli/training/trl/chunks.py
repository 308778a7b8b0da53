"""A batch of rollouts cut into chunks of similar length, each trimmed to its own longest row.

TRL pads a batch to its longest prompt and its longest completion, and computes all of it. Completions differ much in
length, so most of that is padding. Here the batch is cut into chunks of at most `budget` tokens, padding included: of
rows of similar length, or of whole groups where their prompt can be shared (shared_prompt.py). What is longer than the
budget is a chunk of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from r1cli.training.trl.shared_prompt import LONGEST, WORTH, row_length

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Chunk:
    """Some rows of a batch (B, P + C) of left-padded prompts and right-padded completions."""

    rows: torch.Tensor
    """(R,) numbers of the rows."""
    prompt: int
    """Tokens of the longest prompt among them."""
    completion: int
    """Tokens of the longest completion among them; at least 1."""
    shared: bool = False
    """Whether the prompts of its groups are to be computed once."""


@dataclass(frozen=True)
class _Piece:
    """What is not cut any further: a row, or a group of rows with one prompt."""

    rows: list[int]
    prompt: int
    completion: int
    tokens: int
    """Of the row that it takes in a forward pass."""


def chunks(
    prompt_ids: torch.Tensor,
    prompt_mask: torch.Tensor,
    completion_mask: torch.Tensor,
    *,
    budget: int,
    rows: torch.Tensor | None = None,
    share: bool = True,
) -> list[Chunk]:
    """Cut a batch.

    Args:
        prompt_ids: (B, P).
        prompt_mask: (B, P), 1 for tokens of the prompt, which end at the right.
        completion_mask: (B, C), 1 for tokens of the completion, which begin at the left.
        budget: tokens of a chunk, padding included.
        rows: (R,) numbers of the rows that matter; None: all.
        share: whether the model can be given packed rows.
    """
    import torch

    wanted = range(len(prompt_ids)) if rows is None else rows.tolist()
    prompts, completions = prompt_mask.sum(1).tolist(), completion_mask.sum(1).tolist()
    single = [_Piece([i], prompts[i], max(1, completions[i]), prompts[i] + max(1, completions[i])) for i in wanted]
    pieces, shared = single, False
    if share:
        groups = _groups(prompt_ids, wanted, prompts, completions)
        plain_tokens, packed_tokens = sum(p.tokens for p in single), sum(p.tokens for p in groups)
        shared = packed_tokens < WORTH * plain_tokens and max((p.tokens for p in groups), default=0) <= LONGEST
        pieces = groups if shared else single
    return [
        Chunk(
            torch.tensor([row for piece in part for row in piece.rows], device=prompt_ids.device),
            max(piece.prompt for piece in part),
            max(piece.completion for piece in part),
            shared,
        )
        for part in _cut(sorted(pieces, key=lambda p: -p.tokens), budget)
    ]


def _groups(
    prompt_ids: torch.Tensor, wanted: Sequence[int], prompts: Sequence[int], completions: Sequence[int]
) -> list[_Piece]:
    """The wanted rows by their prompt; rows without a completion token are left out, nothing is asked of them."""
    members: dict[tuple[int, ...], list[int]] = {}
    ids = prompt_ids.tolist()
    for row in wanted:
        if completions[row]:
            members.setdefault((prompts[row], *ids[row]), []).append(row)
    groups = []
    for rows in members.values():
        prompt, lengths = prompts[rows[0]], [completions[row] for row in rows]
        groups.append(_Piece(rows, prompt, max(lengths), row_length(prompt, lengths)))
    return groups


def _cut(pieces: Sequence[_Piece], budget: int) -> list[list[_Piece]]:
    """Neighbours together as long as they fit; the first of each part is its longest."""
    parts: list[list[_Piece]] = []
    for piece in pieces:
        if parts and parts[-1][0].tokens * (len(parts[-1]) + 1) <= budget and _fits(parts[-1], piece, budget):
            parts[-1].append(piece)
        else:
            parts.append([piece])
    return parts


def _fits(part: Sequence[_Piece], piece: _Piece, budget: int) -> bool:
    """Rows are trimmed to the longest prompt and the longest completion, which may be of different rows."""
    if len(piece.rows) > 1 or len(part[0].rows) > 1:
        return True
    width = max(p.prompt for p in (*part, piece)) + max(p.completion for p in (*part, piece))
    return width * (len(part) + 1) <= budget

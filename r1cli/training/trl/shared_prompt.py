"""The completions of one prompt in one sequence, so that their prompt is computed once and not G times.

A group of completions p c_1 .. p c_G becomes one row of a batch,

    prompt      p_1 .. p_(n-1)
    segment 1   p_n  c_1,1  c_1,2 ..        the last token of the prompt predicts the first of the completion,
    segment 2   p_n  c_2,1  c_2,2 ..        so every segment begins with it

in which a token of a segment attends to the prompt and to what came before it in its own segment, and its position is
the one that it has in its own completion. The results are those of separate sequences up to the order of summation.

It pays where prompts are long beside completions, as in short problems. The attention mask grows with the square of the
row, so long completions are left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from r1cli.training.batches import IGNORED

if TYPE_CHECKING:
    import torch

LONGEST = 1024
"""Tokens of a packed row, at most: the mask of a row holds the square of it."""
WORTH = 0.8
"""Rows are packed if that leaves less than this share of the tokens."""
PROMPT, PADDING = 0, -1
"""Numbers of what is no segment; segments count from 1."""


@dataclass(frozen=True)
class Packed:
    """Some groups, one a row (N, L), and where the tokens of their completions are."""

    ids: torch.Tensor
    """(N, L)."""
    positions: torch.Tensor
    """(N, L)."""
    targets: torch.Tensor
    """(N, L) the token that is to be predicted here; IGNORED where there is none."""
    segments: torch.Tensor
    """(N, L) PROMPT, PADDING or the number of the segment."""
    places: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
    """For every token of every completion: (row, column) of the batch that was packed, (row, column) here."""

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """(N, 1, L, L), added to attention's scores."""
        import torch

        length = self.ids.shape[1]
        from_here, to_there = self.segments[:, :, None], self.segments[:, None, :]  # (N, L, 1), (N, 1, L)
        seen = (to_there == PROMPT) | (to_there == from_here)
        earlier = torch.ones(length, length, dtype=torch.bool, device=self.ids.device).tril()
        mask = torch.zeros(seen.shape, dtype=dtype, device=self.ids.device)
        return mask.masked_fill_(~(seen & earlier), torch.finfo(dtype).min)[:, None]

    def unpacked(self, values: torch.Tensor, rows: int, width: int) -> torch.Tensor:
        """Values of tokens (N, L) as (rows, width): at the place of each completion's token, zero elsewhere."""
        row, column, packed_row, packed_column = self.places
        empty = values.new_zeros(rows, width)
        return empty.index_put((row, column), values[packed_row, packed_column])


def row_length(prompt: int, completions: Sequence[int]) -> int:
    """Tokens of a packed row."""
    return prompt - 1 + sum(completions)


def pack(input_ids: torch.Tensor, attention_mask: torch.Tensor, width: int) -> Packed:
    """Pack rows (R, width + C) of left-padded prompts and right-padded completions, one row a distinct prompt."""
    import torch

    groups: dict[tuple[int, ...], list[tuple[int, list[int]]]] = {}
    lengths = attention_mask[:, width:].sum(1).tolist()
    begins = (width - attention_mask[:, :width].sum(1)).tolist()
    for row, tokens in enumerate(input_ids.tolist()):
        prompt = tuple(tokens[begins[row] : width])
        groups.setdefault(prompt, []).append((row, tokens[width : width + lengths[row]]))
    longest = max(row_length(len(p), [len(c) for _, c in members]) for p, members in groups.items())
    ids = torch.zeros(len(groups), longest, dtype=torch.long)
    positions = torch.zeros_like(ids)
    targets = torch.full_like(ids, IGNORED)
    segments = torch.full_like(ids, PADDING)
    places: list[list[int]] = [[], [], [], []]
    for number, (prompt, members) in enumerate(groups.items()):
        end = len(prompt) - 1
        ids[number, :end] = torch.tensor(prompt[:-1], dtype=torch.long)
        positions[number, :end] = torch.arange(end)
        segments[number, :end] = PROMPT
        for segment, (row, completion) in enumerate(members, start=1):
            begin, end = end, end + len(completion)
            ids[number, begin:end] = torch.tensor([prompt[-1], *completion][: len(completion)], dtype=torch.long)
            positions[number, begin:end] = torch.arange(len(prompt) - 1, len(prompt) - 1 + len(completion))
            targets[number, begin:end] = torch.tensor(completion, dtype=torch.long)
            segments[number, begin:end] = segment
            places[0] += [row] * len(completion)
            places[1] += range(len(completion))
            places[2] += [number] * len(completion)
            places[3] += range(begin, end)
    device = input_ids.device
    at = [torch.tensor(values, device=device) for values in places]
    return Packed(
        ids.to(device),
        positions.to(device),
        targets.to(device),
        segments.to(device),
        (at[0], at[1], at[2], at[3]),
    )


def forward(
    model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, width: int, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities and entropies (R, C) of the completions of rows (R, width + C), zero at padding.

    `model` has TRL's fused head (`trl.trainer.utils.add_fused_lm_head`), as GRPOTrainer's policy and reference have.
    """
    packed = pack(input_ids, attention_mask, width)
    out = model(
        input_ids=packed.ids,
        attention_mask=packed.mask(dtype),
        position_ids=packed.positions,
        shift_labels=packed.targets,
        fused_lm_head=True,
    )
    rows, columns = input_ids.shape[0], input_ids.shape[1] - width
    entropy = out.entropy if out.entropy is not None else out.log_probs.new_zeros(out.log_probs.shape)
    return packed.unpacked(out.log_probs, rows, columns), packed.unpacked(entropy, rows, columns)

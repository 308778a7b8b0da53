"""Packed rows: positions, targets and who sees whom, written out for two small groups."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.torch


def _packed():
    import torch

    from r1cli.training.trl.shared_prompt import pack

    ids = torch.tensor([[5, 6, 7, 20, 21], [0, 8, 9, 30, 0], [5, 6, 7, 22, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [0, 1, 1, 1, 0], [1, 1, 1, 1, 0]])
    return pack(ids, mask, width=3)


def test_every_segment_begins_with_the_last_token_of_its_prompt() -> None:
    packed = _packed()
    assert packed.ids.tolist() == [[5, 6, 7, 20, 7], [8, 9, 0, 0, 0]]
    assert packed.positions.tolist() == [[0, 1, 2, 3, 2], [0, 1, 0, 0, 0]]
    assert packed.targets.tolist() == [[-100, -100, 20, 21, 22], [-100, 30, -100, -100, -100]]
    assert packed.segments.tolist() == [[0, 0, 1, 1, 2], [0, 1, -1, -1, -1]]


def test_a_segment_sees_the_prompt_and_itself() -> None:
    import torch

    seen = (_packed().mask(torch.float32)[0, 0] == 0).int().tolist()
    assert seen == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]


def test_no_row_of_the_mask_is_empty() -> None:
    """Attention over nothing is not a number."""
    import torch

    assert (_packed().mask(torch.float32) == 0).any(dim=-1).all()


def test_values_go_back_to_where_their_tokens_were() -> None:
    packed = _packed()
    values = packed.targets.clamp(min=0).float()
    assert packed.unpacked(values, rows=3, width=2).tolist() == [[20, 21], [30, 0], [22, 0]]

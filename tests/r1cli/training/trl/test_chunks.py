"""How a batch of rollouts is cut: every row once, nothing that matters trimmed, no chunk above the budget."""

from __future__ import annotations

import random

import pytest

pytestmark = pytest.mark.torch


def _masks(prompts: list[int], completions: list[int]):
    """Prompts that all differ, with the masks of prompts and completions."""
    import torch

    left = torch.tensor([[0] * (max(prompts) - n) + [1] * n for n in prompts])
    right = torch.tensor([[1] * n + [0] * (max(completions) - n) for n in completions])
    return left * torch.arange(10, 10 + len(prompts))[:, None], left, right


@pytest.mark.parametrize("budget", [1, 30, 64, 10_000])
def test_every_row_is_in_one_chunk_that_holds_all_of_it(budget: int) -> None:
    from r1cli.training.trl.chunks import chunks

    rng = random.Random(0)
    prompts, completions = [rng.randint(1, 9) for _ in range(40)], [rng.randint(0, 20) for _ in range(40)]
    cut = list(chunks(*_masks(prompts, completions), budget=budget))
    assert sorted(row for chunk in cut for row in chunk.rows.tolist()) == list(range(40))
    for chunk in cut:
        rows = chunk.rows.tolist()
        assert chunk.prompt == max(prompts[row] for row in rows)
        assert chunk.completion == max(1, *(completions[row] for row in rows))
        assert len(rows) == 1 or len(rows) * (chunk.prompt + chunk.completion) <= budget


def test_only_the_rows_that_are_wanted_are_cut() -> None:
    import torch

    from r1cli.training.trl.chunks import chunks

    batch = _masks([2, 3, 4, 5], [6, 1, 9, 2])
    cut = chunks(*batch, budget=100, rows=torch.tensor([1, 3]))
    assert [chunk.rows.tolist() for chunk in cut] == [[3, 1]]
    assert (cut[0].prompt, cut[0].completion) == (5, 2)


def test_rows_of_similar_length_come_together() -> None:
    from r1cli.training.trl.chunks import chunks

    cut = list(chunks(*_masks([1] * 6, [1, 20, 2, 19, 1, 18]), budget=63))
    assert [chunk.rows.tolist() for chunk in cut] == [[1, 3, 5], [2, 0, 4]]


def test_groups_stay_together_where_their_prompt_can_be_shared() -> None:
    import torch

    from r1cli.training.trl.chunks import chunks

    prompts = torch.tensor([[5, 6, 7, 8], [1, 2, 3, 4]] * 3)
    ones = torch.ones_like(prompts)
    completions = torch.tensor([[1, 1], [1, 0], [1, 0], [1, 1], [0, 0], [1, 1]])
    cut = chunks(prompts, ones, completions, budget=1)
    assert [(chunk.rows.tolist(), chunk.shared) for chunk in cut] == [([1, 3, 5], True), ([0, 2], True)]
    apart = chunks(prompts, ones, completions, budget=1, share=False)
    assert not any(chunk.shared for chunk in apart)
    assert sorted(row for chunk in apart for row in chunk.rows.tolist()) == list(range(6))


def test_long_completions_are_not_packed() -> None:
    import torch

    from r1cli.training.trl.chunks import chunks

    prompts = torch.ones(8, 300, dtype=torch.long)
    cut = chunks(prompts, prompts, torch.ones(8, 200, dtype=torch.long), budget=10_000)
    assert not any(chunk.shared for chunk in cut)

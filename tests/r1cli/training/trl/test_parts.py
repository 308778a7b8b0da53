"""Parts of a batch keep what belongs together; the metrics of parts become those of the batch."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from r1cli.training.trl.parts import cut_into_updates

pytestmark = pytest.mark.torch


def test_a_part_has_its_rows_without_columns_of_padding() -> None:
    import torch

    from r1cli.training.trl.chunks import Chunk
    from r1cli.training.trl.parts import part_of

    batch = {
        "prompt_ids": torch.arange(12).view(3, 4),
        "prompt_mask": torch.ones(3, 4),
        "completion_ids": torch.arange(15).view(3, 5),
        "advantages": torch.tensor([1.0, 2.0, 3.0]),
        "num_items_in_batch": torch.tensor(7),
        "note": None,
    }
    part = part_of(batch, Chunk(torch.tensor([2, 0]), prompt=2, completion=3))
    assert part["prompt_ids"].tolist() == [[10, 11], [2, 3]]
    assert part["completion_ids"].tolist() == [[10, 11, 12], [0, 1, 2]]
    assert part["advantages"].tolist() == [3.0, 1.0]
    assert part["num_items_in_batch"] == 7
    assert part["note"] is None


def test_metrics_of_chunks_become_one_value_each() -> None:
    from r1cli.training.trl.parts import MergedMetrics

    metrics = {"entropy": [9.0], "clip_ratio/low_min": [], "clip_ratio/high_max": [], "reward": [0.5]}
    merged = MergedMetrics(metrics)
    for tokens, entropy, low, high in ((10, 1.0, 0.2, 0.4), (30, 2.0, 0.1, 0.3)):
        metrics["entropy"].append(entropy)
        metrics["clip_ratio/low_min"].append(low)
        metrics["clip_ratio/high_max"].append(high)
        merged.took(tokens)
    merged.finish()
    assert metrics == {
        "entropy": [9.0, 1.75],
        "clip_ratio/low_min": [0.1],
        "clip_ratio/high_max": [0.4],
        "reward": [0.5],
    }


def test_tokens_of_tools_do_not_count_in_the_loss() -> None:
    import torch

    from r1cli.training.trl.parts import loss_mask

    batch = {"completion_mask": torch.tensor([[1, 1, 0]]), "tool_mask": torch.tensor([[1, 0, 1]])}
    assert loss_mask(batch).tolist() == [[1, 0, 0]]
    del batch["tool_mask"]
    assert loss_mask(batch).tolist() == [[1, 1, 0]]


def rollout(first: int, rows: int) -> dict[str, Any]:
    """Completions `first` to `first + rows - 1` of a rollout."""
    import torch

    numbers = torch.arange(first, first + rows)
    return {"advantages": numbers.float(), "completion_ids": numbers[:, None], "num_items_in_batch": torch.tensor(7)}


def test_an_update_holds_the_same_completions_however_many_processes_share_a_rollout() -> None:
    import torch

    def cut(processes: int) -> list[list[float]]:
        share = 24 // processes
        parts = [cut_into_updates(rollout(p * share, share), 3, seed=(0, 6), process=p) for p in range(processes)]
        return [torch.cat([part[update]["advantages"] for part in parts]).tolist() for update in range(3)]

    alone = cut(1)
    assert sorted(itertools.chain(*alone)) == [float(i) for i in range(24)]
    assert alone[0] != [float(i) for i in range(8)]
    assert cut(2) == cut(4) == alone


def test_another_rollout_is_cut_otherwise_and_numbers_stay_whole() -> None:
    first = cut_into_updates(rollout(0, 12), 3, seed=(0, 0), process=0)
    second = cut_into_updates(rollout(0, 12), 3, seed=(0, 3), process=0)
    assert first[0]["advantages"].tolist() != second[0]["advantages"].tolist()
    assert int(first[0]["num_items_in_batch"]) == 7
    assert first[1]["completion_ids"][:, 0].tolist() == first[1]["advantages"].tolist()

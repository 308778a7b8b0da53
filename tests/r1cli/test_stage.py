from __future__ import annotations

import pytest

from r1cli.errors import ConfigError
from r1cli.stage import ModelSpec, Placement, Stage


@pytest.mark.parametrize(
    ("processes", "per_device", "batch", "expected"),
    [(1, 64, 32, (32, 1)), (1, 8, 32, (8, 4)), (2, 8, 24, (6, 2)), (1, 5, 7, (1, 7))],
)
def test_a_batch_is_shared_by_processes_and_then_accumulated(
    processes: int, per_device: int, batch: int, expected: tuple[int, int]
):
    placement = Placement(device="cpu", processes=processes, per_device_batch=per_device)
    assert placement.split(batch) == expected


def test_a_batch_that_cannot_be_shared_equally_is_the_users_mistake():
    with pytest.raises(ConfigError, match="a batch of 5 cannot be shared equally by 2 processes") as e:
        Placement(device="cpu", processes=2).split(5)
    assert "multiple of 2" in e.value.hint


def test_only_the_first_process_is_main():
    assert [Placement(device="cpu", processes=2, rank=r).is_main for r in (0, 1)] == [True, False]


def test_what_a_stage_reads_of_the_model_by_default_is_all_that_can_count():
    assert ModelSpec.model_fields.keys() - ModelSpec.NOT_IDENTITY == Stage.MODEL_FIELDS

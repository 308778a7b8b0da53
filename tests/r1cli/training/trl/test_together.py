"""What processes do the same number of times."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.training.trl.chunks import Chunk
from r1cli.training.trl.together import accumulating, as_many_as, most

pytestmark = pytest.mark.torch


def chunk(*rows: int) -> Chunk:
    import torch

    return Chunk(torch.tensor(rows), prompt=3, completion=4)


def rows(counted: list[tuple[Chunk, float]]) -> list[tuple[list[int], float]]:
    return [(part.rows.tolist(), weight) for part, weight in counted]


def test_the_largest_chunk_is_cut_in_two_until_there_are_enough() -> None:
    counted = as_many_as(3, [chunk(0, 1, 2, 3), chunk(4)])
    assert rows(counted) == [([0, 1], 1.0), ([2, 3], 1.0), ([4], 1.0)]
    assert {(part.prompt, part.completion) for part, _ in counted} == {(3, 4)}


def test_where_there_is_nothing_to_cut_a_chunk_is_computed_for_company_and_counts_nothing() -> None:
    assert rows(as_many_as(3, [chunk(7), chunk(8)])) == [([7], 0.0), ([7], 1.0), ([8], 1.0)]


def test_who_has_most_is_left_as_it_is() -> None:
    assert rows(as_many_as(1, [chunk(0, 1)])) == [([0, 1], 1.0)]


def test_one_process_need_not_ask_anybody() -> None:
    assert most(SimpleNamespace(num_processes=1), 5) == 5


def test_deepspeed_makes_no_update_while_chunks_follow() -> None:
    class State:
        sync_gradients = True

        def _set_sync_gradients(self, value: bool) -> None:
            self.sync_gradients = value

    state = State()
    accelerator: Any = SimpleNamespace(distributed_type=SimpleNamespace(name="DEEPSPEED"), gradient_state=state)
    with accumulating(accelerator, None):
        assert not state.sync_gradients
    assert state.sync_gradients


def test_accelerate_tells_deepspeed_by_its_state_when_to_make_an_update() -> None:
    import inspect

    from accelerate import Accelerator
    from accelerate.utils.deepspeed import DeepSpeedEngineWrapper

    assert "sync_gradients=self.sync_gradients" in inspect.getsource(Accelerator.backward)
    assert "if sync_gradients:" in inspect.getsource(DeepSpeedEngineWrapper.backward)

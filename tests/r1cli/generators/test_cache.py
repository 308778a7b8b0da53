"""The buffer in which rows come and go: what attention sees of each row, before and after everything moved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.generators.cache import Slots

pytestmark = pytest.mark.torch
PROMPT = 3
CAPACITY = 8


def slots(rows: int = 2) -> Slots:
    import torch

    return Slots(rows, capacity=CAPACITY, longest_prompt=PROMPT, device=torch.device("cpu"))


def prefilled(*prompts: list[int]) -> Any:
    """A forward pass over left-padded prompts whose keys are the tokens and whose values their negatives."""
    import torch

    width = max(map(len, prompts))
    keys = torch.tensor([[0] * (width - len(p)) + p for p in prompts], dtype=torch.float32)[:, None, :, None]
    return SimpleNamespace(layers=[SimpleNamespace(keys=keys, values=-keys)])


def place(into: Slots, rows: list[int], *prompts: list[int]) -> None:
    import torch

    lengths = torch.tensor([len(p) for p in prompts])
    into.place(torch.tensor(rows), prefilled(*prompts), torch.arange(len(prompts)), lengths)


def draw(into: Slots, tokens: list[int]) -> tuple[list[list[int]], list[list[int]]]:
    """Write one token of each row; (keys, values) that attention sees of each row."""
    import torch

    into.make_room()
    written = torch.tensor(tokens, dtype=torch.float32)[:, None, None, None]
    keys, values = into.layers[0].update(written, -written)
    seen = into.mask()[:, 0, 0] == 0  # (B, W)
    assert keys.shape[2] == seen.shape[1] == into.layers[0].get_mask_sizes(1)[0]
    into.tick()
    return (
        [keys[row, 0, :, 0][seen[row]].int().tolist() for row in range(into.rows)],
        [values[row, 0, :, 0][seen[row]].int().tolist() for row in range(into.rows)],
    )


def test_each_row_sees_its_prompt_and_its_own_tokens_and_nothing_of_its_neighbour() -> None:
    cache = slots()
    place(cache, [0, 1], [1, 2, 3], [7])
    draw(cache, [4, 8])
    keys, values = draw(cache, [5, 9])
    assert keys == [[1, 2, 3, 4, 5], [7, 8, 9]]
    assert values == [[-1, -2, -3, -4, -5], [-7, -8, -9]]


def test_a_row_that_takes_the_place_of_another_sees_nothing_of_it() -> None:
    cache = slots()
    place(cache, [0, 1], [1, 2, 3], [7])
    draw(cache, [4, 8])
    cache.release([0])
    place(cache, [0], [10, 11])
    keys, _ = draw(cache, [12, 9])
    assert keys == [[10, 11, 12], [7, 8, 9]]


def test_rows_survive_the_end_of_the_buffer() -> None:
    """Row 1 is replaced again and again, so that the clock passes the buffer's end while row 0 is still needed."""
    cache = slots()
    place(cache, [0, 1], [1], [7])
    drawn = [1]
    for token in range(2, CAPACITY):
        cache.release([1])
        place(cache, [1], [50, 50 + token])
        keys, _ = draw(cache, [token, 99])
        drawn.append(token)
        assert keys == [drawn, [50, 50 + token, 99]]
        assert cache.end <= CAPACITY


def test_what_no_row_needs_is_not_looked_at() -> None:
    cache = slots()
    place(cache, [0, 1], [1, 2, 3], [7])
    draw(cache, [4, 8])
    cache.release([0])
    assert cache.low == PROMPT - 1  # where row 1 begins
    keys, _ = cache.layers[0].update(*[cache.layers[0].keys[:, :, :1]] * 2)
    assert keys.shape[2] == 3


def test_rows_that_are_dropped_take_their_memory_along() -> None:
    import torch

    cache = slots(3)
    place(cache, [0, 1, 2], [1], [2], [3])
    cache.keep(torch.tensor([2, 0]))
    assert cache.rows == 2
    assert cache.layers[0].keys.shape[0] == 2
    keys, _ = draw(cache, [30, 10])
    assert keys == [[3, 30], [1, 10]]


def test_one_prompt_can_be_put_into_several_rows() -> None:
    import torch

    cache = slots()
    cache.place(torch.tensor([0, 1]), prefilled([5, 6]), torch.tensor([0, 0]), torch.tensor([2, 2]))
    assert draw(cache, [1, 2])[0] == [[5, 6, 1], [5, 6, 2]]

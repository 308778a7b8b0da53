"""Work that processes share by files. On several processes: tests/stages/test_sharded.py."""

from __future__ import annotations

from r1cli.stage import Placement
from r1cli.training.sharing import part_of, wait_until


def test_all_parts_together_are_everything_and_no_two_overlap() -> None:
    parts = [part_of(range(10), Placement(device="cpu", processes=4, rank=rank)) for rank in range(4)]
    assert sorted(item for part in parts for item in part) == list(range(10))


def test_one_process_has_everything_in_order() -> None:
    assert part_of("abc", Placement(device="cpu")) == ["a", "b", "c"]


def test_waiting_ends_when_it_is_there() -> None:
    answers = iter([False, True])
    wait_until(lambda: next(answers))

"""Samples that processes draw together, file by file. With real processes: tests/stages/test_sharded.py."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from r1cli.generators.generator import Question, Reply, Usage
from r1cli.results.samples import SampleRecord
from r1cli.results.shared_samples import SharedSamples
from r1cli.stage import Placement
from r1cli.template import parse, render


def shared(folder: Path, rank: int = 0, of: int = 2) -> SharedSamples:
    return SharedSamples(folder, "problems", Placement(device="cpu", processes=of, rank=rank))


def keep(where: SharedSamples, *rows: str) -> None:
    made = parse(render("so", "2"), tokens=4)
    records = [SampleRecord.of(Reply(Question(row, 0, "", 0), made, Usage(completion=4)), cluster=row) for row in rows]
    deque(where.keep(records), maxlen=0)


def test_each_process_writes_a_file_of_its_own_and_reads_all(tmp_path: Path) -> None:
    first, second = shared(tmp_path, 0), shared(tmp_path, 1)
    keep(first, "a")
    keep(second, "b")
    assert {path.name for path in tmp_path.iterdir()} == {"problems-0-of-2.jsonl", "problems-1-of-2.jsonl"}
    assert set(first.read()) == set(second.read()) == {("a", 0), ("b", 0)}
    assert not first.read(texts=False)["a", 0].thought


def test_what_another_number_of_processes_has_drawn_counts(tmp_path: Path) -> None:
    keep(shared(tmp_path, 1), "a")
    keep(shared(tmp_path, of=1), "b")
    keep(shared(tmp_path, 2, of=3), "c")
    keep(SharedSamples(tmp_path, "general", Placement(device="cpu")), "d")
    assert {row for row, _ in shared(tmp_path).read()} == {"a", "b", "c"}


def test_a_line_that_somebody_is_writing_is_not_there_yet(tmp_path: Path) -> None:
    other = shared(tmp_path, 1)
    keep(other, "a", "b")
    file = tmp_path / "problems-1-of-2.jsonl"
    file.write_bytes(file.read_bytes()[:-7])
    assert set(shared(tmp_path).read()) == {("a", 0)}


def test_waiting_ends_when_every_process_is_done_also_one_that_had_nothing_to_draw(tmp_path: Path) -> None:
    first, second = shared(tmp_path, 0), shared(tmp_path, 1)
    keep(first, "a")
    first.complete()
    assert not (tmp_path / "problems-1-of-2.done").exists()
    second.complete()
    first.wait()


def test_one_process_waits_for_nobody_else(tmp_path: Path) -> None:
    alone = shared(tmp_path, of=1)
    alone.complete()
    alone.wait()

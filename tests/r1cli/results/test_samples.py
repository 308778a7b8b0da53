"""The samples file: what is written is read again, and a kill loses at most the line that was being written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from r1cli.errors import DataError
from r1cli.generators.generator import Question, Reply, ServedBy, Usage
from r1cli.results import samples
from r1cli.results.samples import SampleRecord
from r1cli.template import parse

FIELDS = (
    "id cluster sample thought answer text finished usage seconds model served extracted class value status scores "
    "order".split()
)


def record(number: int = 0, text: str = "<think>1 + 1</think><answer>2</answer>", *, row: str = "a") -> SampleRecord:
    reply = Reply(Question(row, number, "1 + 1?", 7), parse(text, tokens=9), Usage(prompt=5, completion=9), 0.5, "m")
    return SampleRecord.of(reply, cluster=f"of {row}")


def test_a_line_has_the_fields_of_the_record_in_its_order(tmp_path: Path) -> None:
    samples.write(tmp_path / "s.jsonl", [record()])
    plain = json.loads((tmp_path / "s.jsonl").read_text("utf-8"))
    assert list(plain) == FIELDS
    assert plain["usage"] == {"prompt": 5, "cached": None, "completion": 9, "reasoning": None}
    assert (plain["thought"], plain["answer"], plain["scores"]) == ("1 + 1", "2", {"format": 1.0})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    reply = Reply(
        Question("b", 3, "?", 0),
        parse("2\u2028\ud800", finished=False),
        served=ServedBy("m-1", "fp", "2025-02-01T00:00:00Z"),
    )
    other = SampleRecord.of(reply, cluster="b", order=(2, 0, 1))
    samples.write(tmp_path / "s.jsonl", [record(), other])
    first, second = samples.read(tmp_path / "s.jsonl")
    assert first == record()
    assert second.served == other.served
    assert second.order == (2, 0, 1)
    assert second.text == "2\u2028?", "half of a surrogate pair cannot be written as UTF-8"
    packed = tmp_path / "s.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "s.jsonl").read_bytes()))
    assert samples.read(packed) == [first, second]


def test_numbers_are_read_without_the_texts(tmp_path: Path) -> None:
    samples.write(tmp_path / "s.jsonl", [record()])
    [bare] = samples.read(tmp_path / "s.jsonl", texts=False)
    assert (bare.text, bare.thought, bare.answer) == ("<", "", ""), "one sees that there is a text"
    assert (bare.usage, bare.scores) == (record().usage, record().scores)


def test_there_is_nothing_in_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert samples.read(tmp_path / "s.jsonl") == []


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_line_that_a_kill_cut_off_is_dropped_and_the_file_goes_on_behind_it(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "s.jsonl"
    assert [r.sample for r in samples.append(path, [record(0), record(1)])] == [0, 1]
    path.write_bytes(path.read_bytes()[:-cut])
    if cut > 1:  # with the end of line alone missing the record is whole
        assert [r.sample for r in samples.read(path)] == [0]
    list(samples.append(path, [record(2)]))
    assert [r.sample for r in samples.read(path)] == [0, 2]


def test_a_record_is_in_the_file_before_the_next_one_is_made(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    stream = samples.append(path, iter([record(0), record(1)]))
    next(stream)
    assert [r.sample for r in samples.read(path)] == [0]


def test_a_damaged_line_amid_others_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    samples.write(path, [record(0), record(1)])
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(lines[0][:30] + "\n" + lines[1], "utf-8")
    with pytest.raises(DataError, match="line 1"):
        samples.read(path)


def test_a_completion_that_comes_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    samples.write(path, [record(0), record(0)])
    with pytest.raises(DataError, match="line 2: sample 0 of 'a' again"):
        samples.read(path)


def test_a_line_with_other_fields_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text('{"id": "a", "question": "?"}\n', "utf-8")
    with pytest.raises(DataError, match="line 1: no sample"):
        samples.read(path)


def test_a_record_gives_back_the_completion_that_verifiers_judge() -> None:
    made = record().completion()
    assert made == parse(made.text, tokens=9)
    hidden = Reply(Question("a", 0, "?", 0), parse("<think>x</think>2", finished=False))
    assert not SampleRecord.of(hidden, cluster="a").completion().well_formed


def test_the_samples_of_a_problem_come_by_number() -> None:
    problems = samples.by_problem([record(1, row="b"), record(1), record(0, row="b"), record(0)])
    assert {row: [r.sample for r in of_one] for row, of_one in problems.items()} == {"b": [0, 1], "a": [0, 1]}

"""r1cli.tasks.code.livecodebench: the benchmark's own file format, and what must not be done with it."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from r1cli.tasks.code.livecodebench import LiveCodeBench
from r1cli.template import parse, render
from tests.r1cli.tasks.code.test_task import LIMITS

COLUMNS = {
    "id": "question_id", "prompt": "question_content", "starter": "starter_code", "public": "public_test_cases",
    "private": "private_test_cases", "date": "contest_date",
}  # fmt: skip
READS = {
    "question_id": "abc_1", "question_content": "Double it.", "starter_code": "", "metadata": "{}",
    "contest_date": "2024-09-01T00:00:00",
    "public_test_cases": json.dumps([{"input": "1\n", "output": "2\n", "testtype": "stdin"}]),
    "private_test_cases": json.dumps([{"input": "21\n", "output": "42\n", "testtype": "stdin"}]),
}  # fmt: skip
CALLED = READS | {
    "question_id": "2", "starter_code": "class Solution:\n    def double(self, x: List[int]) -> List[int]:\n        ",
    "metadata": json.dumps({"func_name": "double"}), "contest_date": "2025-01-05T19:30:00",
    "public_test_cases": json.dumps([{"input": "[1]", "output": "[2]", "testtype": "functional"}]),
    "private_test_cases": json.dumps([{"input": "[21, 4]", "output": "[42, 8]", "testtype": "functional"}]),
}  # fmt: skip


def packed(value: Any) -> str:
    return zipped(pickle.dumps(value))


def zipped(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


def nested_set(depth: int) -> bytes:
    """A set with one tuple of tuples, each twice the one before: its hash takes 2^depth steps."""
    twice = b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(depth))  # put, get, pair
    return b"\x80\x04(K\x01" + twice + b"\x91."


HUNGRY = {
    "a set that is hashed for ever": nested_set(100),
    "a memo of 64 GB": b"\x80\x04X\x02\x00\x00\x00[]r\xff\xff\xff\xff.",
    "a text of 64 GB": b"\x80\x04\x8d" + (1 << 36).to_bytes(8, "little") + b"[]",
    "two texts": b"\x80\x04X\x02\x00\x00\x00[]X\x02\x00\x00\x00[].",
    "no end": b"\x80\x04X\x02\x00\x00\x00[]",
}


def livecodebench(tmp_path: Path, *records: dict[str, Any], **fields: Any) -> LiveCodeBench:
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    given = {
        "format": "jsonl", "root": tmp_path, "path": "l.jsonl", "columns": COLUMNS, "language": "en",
        "instruction": "{prompt} Read stdin.", "starter_instruction": "{prompt} Begin with\n{starter}",
        "grading": "all", "compare": "numbers", "sandbox": "auto", "limits": LIMITS | {"case_s": 6},
        "first_date": None, "last_date": None,
    }  # fmt: skip
    return LiveCodeBench.model_validate(given | fields)


def values(task: LiveCodeBench, *programs: str, row: int = 0) -> list[float | None]:
    rows = [task.rows()[row]] * len(programs)
    return [o.value for o in task.judge([parse(render("so", f"```python\n{p}\n```")) for p in programs], rows)]


def test_programs_read_and_print_with_the_benchmarks_imports(tmp_path: Path) -> None:
    task = livecodebench(tmp_path, READS)
    assert task.rows()[0].prompt == "Double it. Read stdin."
    doubles = "q = deque([int(input())])\nprint(2.0 * q.popleft())\nif __name__ == '__main__':\n    pass"
    assert values(task, doubles, "print(2)", "import sys\nprint(int(sys.stdin.read()) * 2)") == [1.0, 0.0, 1.0]


def test_a_method_is_called_and_may_use_names_of_typing(tmp_path: Path) -> None:
    task = livecodebench(tmp_path, CALLED)
    assert task.rows()[0].prompt.startswith("Double it. Begin with\nclass Solution:")
    method = "class Solution:\n    def double(self, x: List[int]) -> List[int]:\n        return {}"
    found = values(
        task, method.format("[2 * i for i in x]"), method.format("tuple(2 * i for i in x)"), method.format("x")
    )
    assert found == [1.0, 1.0, 0.0]


def test_private_cases_are_unpacked(tmp_path: Path) -> None:
    private = packed(READS["private_test_cases"])
    task = livecodebench(tmp_path, READS | {"private_test_cases": private})
    assert task.rows()[0].meta["outputs"] == ["2\n", "42\n"]


class Opens:
    """What a hostile file would bring: something to be called while it is read."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)


def test_a_file_runs_no_code_while_it_is_read(tmp_path: Path) -> None:
    mark = tmp_path / "made"
    task = livecodebench(tmp_path, READS | {"private_test_cases": packed(Opens(str(mark)))})
    with pytest.raises(DataError, match=r"line 1: the private cases cannot be unpacked \(its pickle holds more"):
        task.rows()
    assert not mark.exists()


def test_cases_that_unpack_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("r1cli.tasks.code.livecodebench.MOST_UNPACKED", 1000)
    with pytest.raises(DataError, match="private cases"):
        livecodebench(tmp_path, READS | {"private_test_cases": packed("[" + " " * 100_000 + "]")}).rows()


@pytest.mark.parametrize("name", HUNGRY)
def test_a_pickle_that_would_fill_time_or_memory_is_not_run(tmp_path: Path, name: str) -> None:
    if name == "a memo of 64 GB":  # it is never made: only the text is taken
        assert livecodebench(tmp_path, READS | {"private_test_cases": zipped(HUNGRY[name])}).rows()
        return
    with pytest.raises(DataError, match="the private cases cannot be unpacked"):
        livecodebench(tmp_path, READS | {"private_test_cases": zipped(HUNGRY[name])}).rows()


@pytest.mark.parametrize("private", ["%", packed(["no text"]), packed("no JSON"), json.dumps([{"input": "1"}]), 1])
def test_cases_that_are_none_name_their_line(private: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1"):
        livecodebench(tmp_path, READS | {"private_test_cases": private}).rows()


def test_only_contests_of_the_window_are_asked(tmp_path: Path) -> None:
    def asked(first: str | None, last: str | None) -> list[str]:
        return [row.id for row in livecodebench(tmp_path, READS, CALLED, first_date=first, last_date=last).rows()]

    assert asked(None, None) == ["abc_1", "2"]
    assert asked("2024-10-01", None) == ["2"]
    assert asked("2024-09-01", "2025-01-04") == ["abc_1"]
    with pytest.raises(DataError, match="window"):
        asked("2026-01-01", None)

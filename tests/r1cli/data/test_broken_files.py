"""Forty broken files, each given to the task that would read it: one error that names the file, and what to do."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from r1cli.data.rows import read_rows
from r1cli.errors import DataError
from r1cli.tasks.base import Task

GOOD = b'{"q": "1+1?", "a": "2"}\n{"q": "2+2?", "a": "4"}\n'
FILE: dict[str, Any] = {"format": "jsonl", "path": "d.jsonl", "columns": {"prompt": "q", "answer": "a"}}
MATH = FILE | {
    "_target_": "r1cli.tasks.mathematics.task.Math", "language": None, "answer_format": "any", "timeout_s": 2
}  # fmt: skip
CHOICE = FILE | {"_target_": "r1cli.tasks.choice.Choice", "language": None}
PAIRS = {
    "_target_": "r1cli.tasks.preference.Preference", "format": "jsonl", "path": "d.jsonl", "kind": "helpful",
    "language": None,
}  # fmt: skip
CODE = FILE | {
    "_target_": "r1cli.tasks.code.task.Code", "language": None, "grading": "all", "sandbox": "auto",
    "instruction": "{prompt}", "columns": {"prompt": "q"},
    "limits": {
        "wall_s": 1, "cpu_s": 1, "memory_mib": 64, "processes": 1, "file_mib": 1, "open_files": 9, "output_kib": 1
    },
}  # fmt: skip
PARQUET = MATH | {"format": "parquet", "path": "d.parquet"}
ZIPPED = MATH | {"path": "d.jsonl.gz"}


def parquet(rows: list[dict[str, Any]]) -> bytes:
    from pyarrow import Table
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(Table.from_pylist(rows), file)
    return file.getvalue()


def parquet_twice(column: str) -> bytes:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.Table.from_arrays([pa.array(["x"])] * 3, names=["q", column, column]), file)
    return file.getvalue()


def unreadable_parquet(kind: str) -> bytes:
    """Well-formed, with values that Python has none for."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    lengths, letters = pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")
    odd = {
        "text": pa.Array.from_buffers(pa.string(), 1, [None, lengths, letters]),
        "time": pa.array([2**62], pa.timestamp("us")),
        "duration": pa.array([2**62], pa.int64()).cast(pa.duration("s")),
    }
    file = io.BytesIO()
    write_table(pa.table({"q": pa.array(["x"]), "a": pa.array(["1"]), "odd": odd[kind]}), file)
    return file.getvalue()


def line(**values: Any) -> bytes:
    return json.dumps(values).encode() + b"\n"


Content = bytes | Callable[[], bytes]
BROKEN: list[tuple[str, dict[str, Any], Content, str]] = [
    ("nothing", MATH, b"", "no records"),
    ("blank lines", MATH, b"\n \n\t\n", "no records"),
    ("prose", MATH, b"It was a dark night.\n", "line 1: not JSON"),
    ("a comma too many", MATH, GOOD + b'{"q": "x",}\n', "line 3: not JSON"),
    ("cut off", MATH, GOOD[:-4], "line 2: not JSON"),
    ("single quotes", MATH, b"{'q': 'x'}\n", "line 1: not JSON"),
    ("an array of objects", MATH, b'[{"q": "x", "a": "1"}]\n', "line 1: list, object expected"),
    ("a text", MATH, b'"x"\n', "line 1: str, object expected"),
    ("a number", MATH, GOOD + b"7\n", "line 3: int, object expected"),
    ("null", MATH, b"null\n", "line 1: NoneType, object expected"),
    ("indented JSON", MATH, json.dumps({"q": "x"}, indent=1).encode(), "line 1: not JSON"),
    ("CSV", MATH, b"q,a\n1+1?,2\n", "line 1: not JSON"),
    ("two objects on a line", MATH, b'{"q": "x"} {"q": "y"}\n', "line 1: not JSON"),
    ("UTF-16", MATH, GOOD.decode().encode("utf-16"), "line 1: not UTF-8"),
    ("GBK", MATH, GOOD + '{"q": "你好"}\n'.encode("gbk"), "line 3: not UTF-8"),
    ("zero bytes", MATH, GOOD + b"\x00" * 9 + b"\n", "line 3: not JSON"),
    ("nested without end", MATH, b'{"q": ' + b"[" * 100_000 + b"\n", "line 1: not JSON"),
    ("a number without end", MATH, b'{"q": "x", "a": ' + b"9" * 5000 + b"}\n", "line 1: not JSON"),
    ("half a surrogate pair", MATH, b'{"q": "\\ud800", "a": "1"}\n', "half of a surrogate pair"),
    ("two answers", MATH, GOOD + b'{"q": "x", "a": "1", "a": "2"}\n', "line 3: key 'a' twice"),
    ("a key twice, once escaped", MATH, b'{"q": "x", "a": "1", "\\u0061": "1"}\n', "line 1: key 'a' twice"),
    ("a key twice inside", MATH, line(q="x", a="1")[:-2] + b', "more": [{"b": 1, "b": 2}]}\n', "line 1: key 'b' twice"),
    ("Parquet with a column twice", PARQUET, lambda: parquet_twice("a"), "column 'a' twice"),
    ("no such column", MATH, b'{"question": "x", "a": "1"}\n', "line 1: no column 'q'"),
    ("a column that ends", MATH, GOOD + b'{"a": "1"}\n', "line 3: no column 'q'"),
    ("an object as prompt", MATH, line(q={"text": "x"}, a="1"), "column 'q' holds dict"),
    ("a list as answer", MATH, line(q="x", a=["1"]), "column 'a' holds list"),
    ("true as answer", MATH, line(q="x", a=True), "column 'a' holds bool"),
    ("an empty prompt", MATH, line(q=" \n", a="1"), "column 'q' is empty"),
    ("one id twice", MATH, line(q="x", a="1", id=7) + line(q="y", a="1", id=7), "line 2: id '7' again"),
    ("gzip that is none", ZIPPED, GOOD, "damaged gzip file"),
    ("gzip cut off", ZIPPED, gzip.compress(GOOD * 99)[:-9], "damaged gzip file"),
    ("gzip with a flipped byte", ZIPPED, gzip.compress(GOOD)[:20] + b"\xff" + gzip.compress(GOOD)[21:], "damaged gzip"),
    ("gzip of nothing", ZIPPED, gzip.compress(b""), "no records"),
    ("Parquet that is none", PARQUET, GOOD, "not a Parquet file"),
    ("Parquet cut off", PARQUET, lambda: parquet([{"q": "x", "a": "1"}])[:-20], "not a Parquet file"),
    ("Parquet of nothing", PARQUET, b"", "not a Parquet file"),
    ("Parquet without the column", PARQUET, lambda: parquet([{"x": "1"}]), "row 1: no column 'q'"),
    ("Parquet with lists", PARQUET, lambda: parquet([{"q": ["x"], "a": "1"}]), "column 'q' holds list"),
    ("Parquet with text that is no UTF-8", PARQUET, lambda: unreadable_parquet("text"), "or a damaged one"),
    ("Parquet of the year 150,000", PARQUET, lambda: unreadable_parquet("time"), "or a damaged one"),
    ("Parquet of endless durations", PARQUET, lambda: unreadable_parquet("duration"), "or a damaged one"),
    ("NaN as answer", MATH, b'{"q": "x", "a": NaN}\n', "column 'a' holds the number nan"),
    ("infinity as answer", MATH, b'{"q": "x", "a": 1e999}\n', "column 'a' holds the number inf"),
    ("one option", CHOICE, line(q="x", a="A", options=["one"]), "options must be a list"),
    ("options in one text", CHOICE, line(q="x", a="A", options="one, two"), "options must be a list"),
    ("a letter that is no option", CHOICE, line(q="x", a="Z", options=["one", "two"]), "line 1"),
    ("no dialogue", PAIRS, line(chosen="x", rejected="y"), "no 'Assistant:' turn"),
    ("equal responses", PAIRS, line(prompt="p", chosen="x", rejected="x"), "no usable pair"),
    ("only one response", PAIRS, line(prompt="p", chosen="x"), "no column 'rejected'"),
    ("tests that are no list", CODE, line(q="x", tests="assert f() == 1"), "tests is not JSON"),
    ("tests of numbers", CODE, line(q="x", tests=[1]), "tests must be a list of texts"),
    ("more inputs than outputs", CODE, line(q="x", inputs=["1", "2"], outputs=["1"]), "2 inputs, 1 outputs"),
    ("a check without its name", CODE, line(q="x", check="def check(f): pass"), "no column 'entry_point'"),
]


def test_there_are_forty_of_them() -> None:
    assert len({name for name, *_ in BROKEN}) >= 40


@pytest.mark.parametrize(("name", "task", "content", "says"), BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_file_is_one_error(
    name: str, task: dict[str, Any], content: Content, says: str, tmp_path: Path
) -> None:
    path = tmp_path / task["path"]
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(DataError) as error:
        Task.model_validate({**task, "root": str(tmp_path)}).rows()
    assert says in error.value.message
    assert str(path) in error.value.message
    assert error.value.hint


def test_a_name_that_no_file_can_have_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="File name too long") as error:
        Task.model_validate({**MATH, "root": str(tmp_path), "path": "x" * 5000}).rows()
    assert len(error.value.message) < 500


@pytest.mark.parametrize("kind", ["folder", "loop", "pipe", "missing", "dangling"])
def test_a_path_that_is_no_file_is_one_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind in {"loop", "dangling"}:
        path.symlink_to(path if kind == "loop" else tmp_path / "nowhere")
    with pytest.raises(DataError, match="d.jsonl") as error:
        Task.model_validate({**MATH, "root": str(tmp_path)}).rows()
    assert error.value.hint


@pytest.mark.parametrize(
    "content", [b'{"id": "1"}\n', b'{"id": "1", "prompt": "x", "evil": 1}\n', b"{", b"[]\n", b'{"id": "1"'], ids=repr
)
def test_a_dataset_that_a_stage_did_not_make_is_one_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=r"rows\.jsonl, line 1") as error:
        read_rows(tmp_path / "rows.jsonl")
    assert error.value.hint

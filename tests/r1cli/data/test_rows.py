"""Rows as files that stages hand to each other."""

from pathlib import Path

import pytest

from r1cli.data.rows import Row, read_rows, write_rows
from r1cli.errors import DataError


def test_rows_survive_writing_and_reading(tmp_path: Path) -> None:
    rows = [
        Row("a", "问题\u2028?", language="zh", answer="1", meta={"n": [1]}),
        Row("b", "q", kind="helpful", chosen="x", rejected="y"),
    ]
    path = tmp_path / "deep" / "rows.jsonl"
    write_rows(path, rows)
    assert read_rows(path) == rows
    assert [p.name for p in path.parent.iterdir()] == ["rows.jsonl"]


@pytest.mark.parametrize(
    ("line", "message"),
    [('{"id": "a"}', "line 1: a row needs"), ('{"id": "a", "prompt": "p", "anwser": "1"}', "'anwser' is no field")],
)
def test_a_dataset_with_a_line_that_is_no_row_is_an_error(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line)
    with pytest.raises(DataError, match=message):
        read_rows(path)

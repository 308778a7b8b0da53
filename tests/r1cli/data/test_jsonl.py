"""Lines of JSON: what is read, and how a broken file is told."""

import gzip
from pathlib import Path

import pytest

from r1cli.data import jsonl
from r1cli.data.jsonl import check_file, read_jsonl
from r1cli.data.source import Source
from r1cli.errors import DataError

GOOD = b'{"q": "1+1?", "a": 2}\n{"q": "2+2?", "a": 4}\n'
PACKED = gzip.compress(GOOD, mtime=0)  # always the same, as names of tests must be


@pytest.mark.parametrize("content", [b"plain text", PACKED[:-9], PACKED[:15] + b"\xff" * 20])
def test_a_damaged_gzip_file_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged gzip file"):
        list(read_jsonl(path))


def test_a_line_without_an_end_is_given_up_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 2**20)
    path = tmp_path / "d.jsonl"
    path.write_bytes(GOOD + b'"' * 2**21)
    with pytest.raises(DataError, match=r"d\.jsonl, line 3: longer than 1 MiB"):
        list(read_jsonl(path))


def test_a_source_may_say_that_its_lines_are_longer(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"a": "' + "1" * (17 << 20) + '"}\n')
    source = {"format": "jsonl", "root": tmp_path, "path": "d.jsonl"}
    with pytest.raises(DataError, match="longer than 16 MiB"):
        Source.model_validate(source).records()
    (record,) = Source.model_validate({**source, "longest_line_mib": 20}).records()
    assert len(record.text("a")) == 17 << 20


def test_a_missing_file_is_told_with_its_neighbour_or_with_what_else_to_do(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(GOOD)
    check_file(tmp_path / "train.jsonl")
    with pytest.raises(DataError) as near:
        check_file(tmp_path / "trian.jsonl")
    assert "train.jsonl" in near.value.hint
    with pytest.raises(DataError) as far:
        check_file(tmp_path / "x", otherwise="fetch it")
    assert far.value.hint == "fetch it"

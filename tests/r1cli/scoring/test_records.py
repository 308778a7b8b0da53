"""Records that are read, and scored ones that are written: what each has to say about its file."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from r1cli.errors import DataError, R1Error
from r1cli.scoring.records import STANDARD, Records, scored_file
from tests.r1cli.scoring.small_files import ROWS, score


def lines(path: Path, *texts: str) -> Records:
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return Records(str(path), {})


def test_records_keep_the_numbers_of_their_lines_over_blank_ones(tmp_path: Path) -> None:
    reads = list(lines(tmp_path / "mine.jsonl", '{"prompt": "a"}', "", '{"prompt": "b"}'))
    assert [(read.line, read.record.text("prompt")) for read in reads] == [(1, "a"), (3, "b")]


def test_how_far_a_file_is_read_grows_to_its_size(tmp_path: Path) -> None:
    records = lines(tmp_path / "mine.jsonl", *['{"prompt": "a"}'] * 3)
    assert records.read == 0
    list(records)
    assert records.read == records.size == (tmp_path / "mine.jsonl").stat().st_size


def test_of_a_gzipped_file_packed_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"prompt": "a"}\n' * 1000))
    records = Records(str(path), {})
    assert len(list(records)) == 1000
    assert records.size is not None
    assert 0 < records.read <= records.size


def test_one_line_is_found_behind_broken_ones(tmp_path: Path) -> None:
    records = lines(tmp_path / "mine.jsonl", "{", '{"prompt": "b"}', "")
    assert [read.record.text("prompt") for read in records.only(2)] == ["b"]
    with pytest.raises(DataError, match="line 3: blank"):
        list(records.only(3))
    with pytest.raises(DataError, match="there is no line 4"):
        list(records.only(4))


def test_standard_input_has_no_size_and_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"prompt": "a"}\n')))
    records = Records(STANDARD, {})
    assert records.size is None
    (read,) = records
    assert read.record.where == "standard input, line 1"
    assert records.read == read.size == 16


def test_no_record_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no records"):
        list(lines(tmp_path / "mine.jsonl", "", ""))


def test_an_override_in_place_of_the_file_is_recognised() -> None:
    with pytest.raises(DataError, match="no such file") as e:
        Records("reward=reasoning", {})
    assert "the file comes first" in e.value.hint


def test_a_file_appears_when_all_went_well_and_not_before(tmp_path: Path) -> None:
    out = tmp_path / "scored.jsonl"
    with scored_file(str(out), source=None) as write:
        write(score(ROWS[:2]))
        assert not out.exists()
    assert [json.loads(line)["reward"] for line in out.read_text().splitlines()] == pytest.approx([1.7, 0.2])


def test_a_failure_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "scored.jsonl"
    out.write_text("older")
    with pytest.raises(DataError), scored_file(str(out), source=None) as write:
        write(score([ROWS[0], {"prompt": "one without a completion"}]))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("scored.jsonl", "older")]


def test_the_same_rows_make_the_same_gzipped_bytes(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        with scored_file(str(tmp_path / name), source=None) as write:
            write(score(ROWS[:1]))
    packed = [(tmp_path / name).read_bytes() for name in ("a.jsonl.gz", "b.jsonl.gz")]
    assert gzip.decompress(packed[0]) == gzip.decompress(packed[1])
    assert packed[0][4:8] == bytes(4)  # no time of writing in the header


def test_a_file_is_never_written_over_its_own_source(tmp_path: Path) -> None:
    source = tmp_path / "mine.jsonl"
    source.write_text("{}")
    (tmp_path / "link.jsonl").hardlink_to(source)
    with (
        pytest.raises(R1Error, match="is the file that is scored"),
        scored_file(str(tmp_path / "link.jsonl"), source=source),
    ):
        pytest.fail("opened")


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    with scored_file(None, source=None) as write:
        write(score(ROWS[:1]))
    assert list(tmp_path.iterdir()) == []

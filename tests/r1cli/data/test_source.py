"""Reading, writing and cleaning rows; every broken file gives one error that names file and line."""

import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.data.source import Exclude, Source
from r1cli.errors import DataError

GOOD = b'{"q": "1+1?", "a": 2}\n{"q": "2+2?", "a": 4}\n'


def source(path: Path, **fields: Any) -> Source:
    given = {"format": "jsonl", "root": path.parent, "path": path.name, "columns": {"prompt": "q", "answer": "a"}}
    return Source.model_validate(given | fields)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_records_are_seen_under_the_names_of_the_task(tmp_path: Path) -> None:
    first, second = source(write(tmp_path / "d.jsonl", GOOD)).records()
    assert (first.id, first.text("prompt"), first.text("answer")) == ("d:1", "1+1?", "2")
    assert (second.id, second.optional_text("rationale")) == ("d:2", None)


def test_gzip_blank_lines_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n\r\n")
    found = source(write(tmp_path / "d.jsonl.gz", gzip.compress(content))).records()
    assert [record.where.rpartition(" ")[2] for record in found] == ["1", "3"]


def test_start_and_limit_cut_a_window(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", b"".join(b'{"q": "%d", "a": 1}\n' % i for i in range(9)))
    assert [r.text("prompt") for r in source(path, start=2, limit=3).records()] == ["2", "3", "4"]


def test_a_parquet_file_reads_like_jsonl(tmp_path: Path) -> None:
    from pyarrow import Table
    from pyarrow.parquet import write_table

    write_table(Table.from_pylist([json.loads(line) for line in GOOD.splitlines()]), tmp_path / "d.parquet")
    found = source(tmp_path / "d.parquet", format="parquet").records()
    assert [record.text("answer") for record in found] == ["2", "4"]


def test_excluded_records_are_those_that_another_source_holds(tmp_path: Path) -> None:
    other = source(write(tmp_path / "other.jsonl", b'{"key": 4}\n'), columns={})
    kept = source(write(tmp_path / "d.jsonl", GOOD), exclude=Exclude(source=other, column="a", other="key"))
    assert [record.text("prompt") for record in kept.records()] == ["1+1?"]
    assert [file.name for file in kept.files()] == ["d.jsonl", "other.jsonl"]


BROKEN = [
    # columns: what, content, message, hint
    ("empty file", b"", "no records", "the file is empty"),
    ("blank lines only", b"\n\n", "no records", "empty"),
    ("not JSON", GOOD + b"{oops\n", "d.jsonl, line 3: not JSON", "one JSON object a line"),
    ("cut off", GOOD[:-5], "line 2: not JSON", ""),
    ("not an object", GOOD + b"[1]\n", "line 3: list, object expected", ""),
    ("not UTF-8", GOOD + '{"q": "你"}\n'.encode("gbk"), "line 3: not UTF-8 (byte 8 is 0xc4)", "iconv"),
    ("wrong column", b'{"qq": "1", "a": 1}\n', "line 1: no column 'q'", "did you mean qq? there are: a, qq"),
    ("column missing later", GOOD + b'{"a": 1}\n', "line 3: no column 'q'", "there are: a"),
    ("wrong type", b'{"q": ["x"], "a": 1}\n', "line 1: column 'q' holds list, text expected", "`columns`"),
    ("wrong type, bool", b'{"q": true, "a": 1}\n', "holds bool", ""),
    ("null", b'{"q": null, "a": 1}\n', "line 1: column 'q' is empty", ""),
    ("blank", b'{"q": " ", "a": 1}\n', "line 1: column 'q' is empty", ""),
    ("half a surrogate pair", b'{"q": "x\\ud800", "a": 1}\n', "half of a surrogate pair (character 2)", "UTF-8"),
    ("nested too deep", b'{"q": ' + b"[" * 100_000 + b"\n", "line 1: not JSON", ""),
]


@pytest.mark.parametrize(("what", "content", "message", "hint"), BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_file_is_one_error_with_file_line_and_hint(
    what: str, content: bytes, message: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as e:
        [record.text("prompt") for record in source(write(tmp_path / "d.jsonl", content)).records()]
    assert message in e.value.message
    assert str(tmp_path / "d.jsonl") in e.value.message
    assert hint in e.value.hint


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", GOOD)
    with pytest.raises(DataError, match="trian.jsonl: no such file") as e:
        source(tmp_path / "trian.jsonl").records()
    assert e.value.hint == f"did you mean {tmp_path / 'train.jsonl'}?"
    with pytest.raises(DataError) as e:
        source(tmp_path / "nowhere" / "d.jsonl").records()
    assert "paths.data" in e.value.hint
    with pytest.raises(DataError, match="a folder, not a file"):
        source(tmp_path).records()


def test_a_file_that_is_not_parquet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a Parquet file"):
        source(write(tmp_path / "d.parquet", GOOD), format="parquet").records()


def test_a_window_behind_the_end_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError) as e:
        source(write(tmp_path / "d.jsonl", GOOD), start=5).records()
    assert "start=5" in e.value.hint


def test_an_id_that_comes_twice_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", b'{"q": "x", "id": 7}\n{"q": "y", "id": 7}\n')
    with pytest.raises(DataError, match=r"line 2: id '7' again"):
        source(path).records()


def test_a_hub_dataset_is_asked_for_by_id_subset_split_and_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        asked.append((args, kwargs))
        return [{"q": "1+1?", "a": "2"}]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    hub = Source(
        format="hub", path="openai/gsm8k", subset="main", split="test", revision="abc", columns={"prompt": "q"}
    )
    assert [(r.id, r.text("prompt")) for r in hub.records()] == [("gsm8k:1", "1+1?")]
    assert asked == [(("openai/gsm8k", "main"), {"split": "test", "revision": "abc"})]
    assert hub.files() == []


def test_a_hub_dataset_that_cannot_be_had_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise ConnectionError("Couldn't reach 'openai/gsm8k'\nlong story")

    config = SimpleNamespace(HF_HUB_OFFLINE=False)
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=offline, config=config))
    with pytest.raises(DataError, match="'openai/gsm8k', split 'train': cannot be loaded") as e:
        Source(format="hub", path="openai/gsm8k").records()
    assert "long story" not in e.value.message
    assert "cache" in e.value.hint
    assert config.HF_HUB_OFFLINE, "nobody is asked again for half a minute"


def test_where_the_files_lie_is_no_part_of_a_source_s_identity() -> None:
    assert {"root"} == Source.NOT_IDENTITY


GSM8K = {"format": "hub", "path": "openai/gsm8k", "subset": "main"}


def hub_of(rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=lambda *_, **__: rows))


def test_a_file_that_is_missing_is_read_from_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_of([{"q": f"{i}?", "a": str(i)} for i in range(10)], monkeypatch)
    train = source(tmp_path / "train.jsonl", fallback=GSM8K | {"start": 2}, start=3, limit=2)
    assert [(r.id, r.text("prompt")) for r in train.records()] == [("gsm8k:6", "5?"), ("gsm8k:7", "6?")]
    assert train.files() == []
    write(tmp_path / "train.jsonl", GOOD * 3)
    assert [r.text("prompt") for r in train.records()] == ["2+2?", "1+1?"]
    assert train.files() == [tmp_path / "train.jsonl"]


def test_what_the_fallback_leaves_out_is_its_own_affair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_of([{"problem": "1?"}], monkeypatch)
    held = {"format": "jsonl", "path": str(tmp_path / "none.jsonl")}
    exclude = {"source": held, "column": "index", "other": "index"}
    fallback = GSM8K | {"columns": {"prompt": "problem"}}
    (record,) = source(tmp_path / "test.jsonl", exclude=exclude, fallback=fallback).records()
    assert record.text("prompt") == "1?"


def test_offline_the_error_names_the_file_and_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise ConnectionError("Couldn't reach 'openai/gsm8k'")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=offline, config=SimpleNamespace()))
    train = source(tmp_path / "train.jsonl", fallback=GSM8K)
    for ask in (train.records, train.preflight):
        with pytest.raises(DataError, match=r"train\.jsonl: no such file.*hub dataset 'openai/gsm8k'") as e:
            ask()
        assert "load_dataset('openai/gsm8k', 'main')" in e.value.hint


def test_a_source_is_looked_for_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        source(tmp_path / "train.jsonl").preflight()
    source(write(tmp_path / "train.jsonl", GOOD)).preflight()

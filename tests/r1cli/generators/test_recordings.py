from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from r1cli.generators.generator import ServedBy, Usage
from r1cli.generators.recordings import Format, Recording, read_recordings


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "replies.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read(path: Path, kind: Format, **columns: str) -> list[Recording]:
    return list(read_recordings(path, kind, columns, {}))


def test_rows_are_read_by_their_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"q": "Why?", "out": {"texts": ["a", "b"]}, "n": 7, "model": "m"},
        {"q": "So?", "out": {"texts": ["c"]}},
    )
    first, second, third = read(path, "rows", prompt="q", completion="out.texts", tokens="n")
    assert (first.prompt, first.text, first.sample, first.usage, first.model) == (
        "Why?",
        "a",
        0,
        Usage(completion=7),
        "m",
    )
    assert (second.text, second.sample) == ("b", 1)
    assert (third.text, third.sample, third.model) == ("c", None, None)


def test_only_the_records_that_are_wanted(tmp_path: Path) -> None:
    path = written(tmp_path, {"completion": "a", "model": "x"}, {"completion": "b", "model": "y"})
    assert [recording.text for recording in read_recordings(path, "rows", {}, {"model": "y"})] == ["b"]


def test_a_column_that_is_not_there_is_said_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, {"response": "a"})
    with pytest.raises(DataError, match=r"line 1: no text in the column 'completion'") as caught:
        read(path, "rows")
    assert "response" in caught.value.hint


def test_a_samples_file_is_taken_as_it_was_taken_apart(tmp_path: Path) -> None:
    line = {
        "id": "test:1", "sample": 3, "text": "so</think>4", "thought": "so", "answer": "4", "finished": False,
        "usage": {"prompt": 9, "cached": None, "completion": 5, "reasoning": None}, "seconds": 0.5, "model": "r1_zero",
        "served": {"returned_model": "m", "fingerprint": None, "date": "2025-03-01"}, "value": 1.0,
    }  # fmt: skip
    (one,) = read(written(tmp_path, line), "samples")
    assert one.id == "test:1"
    assert (one.sample, one.text, one.thought, one.answer, one.finished) == (3, "so</think>4", "so", "4", False)
    assert one.usage == Usage(9, None, 5, None)
    assert one.served == ServedBy("m", None, "2025-03-01")


def test_the_output_of_a_batch_is_read(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "2+2"}
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
    body = {"model": "o1-2024", "choices": [{"message": message, "finish_reason": "length"}], "usage": usage}
    path = written(
        tmp_path,
        {"custom_id": "test:1#2", "response": {"status_code": 200, "body": body}, "error": None},
        {"custom_id": "test:2", "response": {"status_code": 500, "body": {}}, "error": None},
        {"custom_id": "test:3", "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": "test:4", "response": {"status_code": 200, "body": {"choices": [{"text": "5"}]}}},
    )
    first, second = read(path, "openai_batch")
    assert (first.id, first.sample, first.text, first.thought, first.finished) == ("test:1", 2, "4", "2+2", False)
    assert (first.usage, first.model) == (Usage(9, None, 5, None), "o1-2024")
    assert (second.id, second.sample, second.text) == ("test:4", None, "5")


def test_details_of_lighteval_are_read(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    doc = {"query": "What is 2+2?", "id": "0", "choices": ["4"], "gold_index": [0]}
    response = {"text": ["It is 4.", "It is 5."], "output_tokens": [[1, 2], [3]]}
    table = pa.Table.from_pylist([{"doc": doc, "model_response": response, "metric": {"em": 0.5}}])
    parquet.write_table(table, tmp_path / "details.parquet")
    recordings = read(tmp_path / "details.parquet", "lighteval")
    assert [(r.prompt, r.id, r.sample, r.text) for r in recordings] == [
        ("What is 2+2?", "0", 0, "It is 4."),
        ("What is 2+2?", "0", 1, "It is 5."),
    ]


INSPECT = {
    "id": 7,
    "epoch": 2,
    "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 2+2?"}],
    "target": "4",
    "output": {
        "model": "openai/o1",
        "choices": [
            {
                "message": {"content": [{"type": "reasoning", "reasoning": "2+2"}, {"type": "text", "text": "4"}]},
                "stop_reason": "max_tokens",
            }
        ],
        "usage": {"input_tokens": 20, "output_tokens": 9, "input_tokens_cache_read": 8, "reasoning_tokens": 6},
        "time": 1.5,
    },
}


@pytest.mark.parametrize("packed", [False, True], ids=["json", "eval"])
def test_logs_of_inspect_are_read(tmp_path: Path, packed: bool) -> None:
    if packed:
        path = tmp_path / "log.eval"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", "{}")
            archive.writestr("samples/7_epoch_2.json", json.dumps(INSPECT))
    else:
        path = tmp_path / "log.json"
        path.write_text(json.dumps({"version": 2, "samples": [INSPECT]}))
    (one,) = read(path, "inspect")
    assert (one.id, one.sample, one.prompt, one.text, one.thought) == ("7", 1, "What is 2+2?", "4", "2+2")
    assert one.usage == Usage(20, 8, 9, 6)
    assert (one.finished, one.seconds, one.model) == (False, 1.5, "openai/o1")


def test_a_log_that_unpacks_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("r1cli.generators.recordings.MOST_UNPACKED", 1000)
    with zipfile.ZipFile(tmp_path / "log.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1_epoch_1.json", "[" + " " * 100_000 + "]")
    with pytest.raises(DataError, match=r"no log of inspect that can be read \(samples/1_epoch_1.json: more than"):
        read(tmp_path / "log.eval", "inspect")


@pytest.mark.parametrize("content", [b"[" * 100_000, b"", b"no json", b"[1]", b"PK\x03\x04 damaged"])
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.json").write_bytes(content)
    with pytest.raises(DataError, match="no log of inspect"):
        read(tmp_path / "log.json", "inspect")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "none.jsonl", "rows")

"""r1cli.terminal.contaminating: planted rows are found and named, whatever reads the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.config.contamination import TRAINING
from r1cli.terminal.app import run_line

LONG = "A farmer has seventeen sheep and all but nine of them run away over the hill at night"


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    """Two rows of a benchmark, one of which was planted in the training rows of task=gsm8k."""
    for folder in ("gsm8k", "mgsm", "preference"):
        (tmp_path / folder).mkdir()

    def write(name: str, *rows: dict[str, object]) -> None:
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    write("gsm8k/test.jsonl", {"question": LONG, "answer": "#### 9"}, {"question": "One and one?", "answer": "#### 2"})
    write("gsm8k/train.jsonl", *({"question": q, "answer": "#### 1"} for q in ("Another?", f"Listen: {LONG}.")))
    write("mgsm/mgsm_zh.jsonl", {"question": "一加一？", "answer": 2, "gsm8k_test_index": 1})
    left_out = [f"~task.{role}" for role in TRAINING if role != "corpus"]
    return [
        "eval", "benchmark=gsm8k", "task=gsm8k", f"paths.data={tmp_path}", "task.corpus.without=null", *left_out,
        "--contamination",
    ]  # fmt: skip


def test_planted_rows_are_counted_and_named(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line([*line, "--json"]) == 0, capsys.readouterr().err
    (found,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert (found["benchmark"], found["training"], found["rows"], found["touched"]) == ("gsm8k", "corpus", 2, 1)
    (overlap,) = found["overlaps"]
    assert overlap["id"] == "test:1"
    assert overlap["training"] == ["en/train:2"]
    assert len(overlap["shared"].split()) == 10


def test_the_table_has_what_was_met(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(line) == 0
    assert "1 of 2" in capsys.readouterr().out


def test_the_words_of_a_gated_benchmark_are_not_shown(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line([*line, "benchmarks.gsm8k.gated=true", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["benchmarks"]
    assert (found["touched"], found["overlaps"][0]["shared"]) == (1, "")

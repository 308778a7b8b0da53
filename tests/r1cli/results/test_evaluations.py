"""Evaluations as they are read: scores by problem, and reports or transcripts that are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.results.evaluations import Evaluation, read_evaluations
from r1cli.results.statistics import Interval
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation, interval


def read(store: Path) -> list[Evaluation]:
    return read_evaluations(Store(store).entries())


def report(store: Path) -> Path:
    return next(store.glob("eval_*/out/report.json"))


def test_scores_are_means_over_the_completions_of_each_problem(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", scores=[0.5, 0.25])
    (base,) = read(tmp_path)
    assert base.checkpoint == "base"
    assert base.scores["accuracy"] == {"p-0": 0.5, "p-1": 0.25}
    assert base.scores["language"] == {"p-0": 0.5, "p-1": 0.5}  # it applies to one of two completions
    assert "general" not in base.scores


def test_null_and_nan_are_no_measure(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", general=None, language={"mean": float("nan"), "low": 0.0, "high": 1.0})
    (base,) = read(tmp_path)
    assert base.measures["general"] is base.measures["language"] is base.mean("language") is None
    assert base.measures["accuracy"] == Interval(**interval(0.714))


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[1]", b"{}", b'{"n_problems": 1, "k": 1, "accuracy": 0.5}', b'{"n_problems": 1e999, "k": 1}'],
    ids=str,
)
def test_a_damaged_report_is_named_and_the_others_are_read(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    evaluation(tmp_path, "base")
    path = report(tmp_path)
    evaluation(tmp_path, "coldstart")
    path.write_bytes(content)
    assert [e.checkpoint for e in read(tmp_path)] == ["coldstart"]
    assert f"warning: {path} is damaged" in caplog.text


def test_a_report_that_is_missing_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    evaluation(tmp_path, "base")
    path = report(tmp_path)
    path.unlink()
    assert read(tmp_path) == []
    assert f"{path} is damaged (missing)" in caplog.text


def test_damaged_transcripts_are_left_out_one_by_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    evaluation(tmp_path, "base", scores=[0.5, 0.25])
    path = next(tmp_path.glob("eval_*/out/transcripts.jsonl"))
    with path.open("ab") as file:
        file.write(b"\xff\n[]\n" + json.dumps({"id": "p-9", "completions": 3}).encode() + b"\n")
        wrong = {"id": "p-9", "prompt": "q", "answer": "1", "completions": [{"accuracy": 1.0}]}
        file.write(json.dumps(wrong).encode() + b"\n")
        for score in ("right", 1e300, 10**400):
            odd = {"id": "p-9", "prompt": "q", "answer": "1", "completions": [{"text": "1", "accuracy": score}]}
            file.write(json.dumps(odd).encode() + b"\n")
    (base,) = read(tmp_path)
    assert base.scores["accuracy"] == {"p-0": 0.5, "p-1": 0.25}
    assert "2 unreadable lines" in caplog.text
    assert "5 incomplete records" in caplog.text

"""Published replies, end to end: `r1 eval` says of each what `r1 score` says, and what its publishers say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.results import samples
from r1cli.terminal.app import run_line

FILES = [
    # file, model, benchmark, samples of each problem, share of labels that our verifier agrees with
    ("gsm8k_openai", "openai-175b_verification", "gsm8k", 1, 1.0),
    ("gsm8k_tora", "tora-70b", "gsm8k", 1, 0.99),  # answers in half a sentence of text behind a program
    ("math_qwen_cot", None, "math500", 8, 0.998),  # one of 576: an equal answer that upstream calls wrong
]


def published(path: Path, model: str | None) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if model in {None, row["model"]}]


def problems_of(rows: list[dict[str, Any]], file: Path) -> list[str]:
    """The problems of published replies as a file of MATH-500's form; returns the keys that have it read."""
    problems = {row["question"]: {"problem": row["question"], "answer": row["gold"]} for row in rows}
    lines = [
        {"unique_id": f"p{n}", "level": "", "subject": "", **problem} for n, problem in enumerate(problems.values())
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [f"benchmarks.math500.data.path={file}", "benchmarks.math500.data.columns.rationale=null"]


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize(("name", "model", "benchmark", "k", "agreed"), FILES, ids=[row[0] for row in FILES])
def test_evaluating_published_replies_is_scoring_them(
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    model: str | None,
    benchmark: str,
    k: int,
    agreed: float,
) -> None:
    path = shared_data / "model_outputs" / f"{name}.jsonl.gz"
    rows = published(path, model)
    keys = problems_of(rows, tmp_path / "problems.jsonl") if benchmark == "math500" else []
    keys += [f"generator.where.model={model}"] if model else []
    columns = ["columns.completion=response", "columns.prompt=question"]
    recorded = ["generator=recorded", f"generator.path={path}", "generator.format=rows"]
    places = [f"paths.store={tmp_path / 'store'}", f"paths.data={shared_data}", "tracking=none", f"samples={k}"]
    line = ["eval", f"benchmark={benchmark}", *recorded, *(f"generator.{c}" for c in columns), *keys, *places]
    assert run_line(line) == 0, capsys.readouterr().err
    (entry,) = (tmp_path / "store").glob("bench_*")
    evaluated = [record.value for record in samples.read(entry / "out" / samples.FILE)]

    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "scored.jsonl"
    assert run_line(["score", str(tmp_path / "rows.jsonl"), *columns, "columns.answer=gold", "--out", str(out)]) == 0
    scored = [json.loads(line)["rewards"]["accuracy"] for line in out.read_text().splitlines()]
    assert evaluated == scored

    labels = [float(row["label"]) for row in rows]
    agreeing = sum(ours == theirs for ours, theirs in zip(evaluated, labels, strict=True)) / len(labels)
    assert agreeing >= agreed

"""Evaluations on ARC in a store: tasks of one rule, and grids that models handed in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli.results.samples import SampleRecord, write
from r1cli.tasks.arc.grids import Grid, written
from r1cli.tasks.arc.task import Arc
from tests.r1cli.fake_evaluations import fingerprint, interval, model, publish
from tests.r1cli.report.fake_results import HOSTILE

SMALL: dict[str, Grid] = {"input": [[2, 1]], "output": [[1, 2]]}
Answers = Mapping[str, Sequence[Grid | None]]
"""Task -> what was handed in at each attempt; None for no grid."""


def evaluated_on_arc(store: Path, node: str, answers: Answers, *, name: str = "arc_agi1", pair: Any = None) -> None:
    """An evaluation of a node's model on tasks that are all alike."""
    of = model(store, node)
    about = {"config": {"seed": 0, "benchmark": name, "generator": {}}, "inputs": {"model": of}}
    kinds = {"out": "report.json", "problems": "problems.jsonl", "samples": "samples.jsonl"}
    artifacts = {
        key: {"kind": "report" if key == "out" else "dataset", "path": f"out/{file}"} for key, file in kinds.items()
    }
    entry = publish(
        store, f"bench_{node}_{name}", fingerprint(node, name), seed=0, made=0.0, artifacts=artifacts,
        identity={"target": "b", "version": 1, **about},
        inputs={"model": {"node": node, "fingerprint": of, "location": "x"}},
    )  # fmt: skip
    pair = pair or SMALL
    rows = [{"id": task, "train": [pair, pair, pair], "test": [pair]} for task in answers]
    (store.parent / f"{node}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"format": "jsonl", "root": store.parent, "path": f"{node}.jsonl", "serialisation": "rows"}
    asked = Arc.model_validate({**source, "instruction": "Find the rule.\n{examples}\n\nTest:\n{test}"}).rows()
    right = {row.id: row.answer for row in asked}
    problems = [
        {"id": row.id, "cluster": row.meta["task"], "group": row.meta["task"],
         "prompt": row.prompt, "answer": row.answer,
         "measures": {"pass_at_k": float(any(g and written(g) == row.answer for g in answers[row.meta["task"]]))}}
        for row in asked
    ]  # fmt: skip
    (entry / "out/problems.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in problems))
    write(entry / "out/samples.jsonl", [r for task, grids in answers.items() for r in _records(task, grids, right)])
    mean = sum(problem["measures"]["pass_at_k"] for problem in problems) / len(problems)  # type: ignore[index]
    report = {
        "benchmark": name, "model": node, "primary": "pass_at_k", "average": "groups", "k": 2, "redraws": 0,
        "n_problems": len(problems), "n_clusters": len(problems), "max_completion_tokens": 96,
        "score": interval(mean, 0.1), "ends": {}, "usage": {},
    }  # fmt: skip
    (entry / "out/report.json").write_text(json.dumps(report))


def _records(task: str, grids: Sequence[Grid | None], right: Mapping[str, str | None]) -> list[SampleRecord]:
    return [
        SampleRecord(
            id=f"{task}/0", cluster=task, sample=number, thought="", answer=HOSTILE[0], text=HOSTILE[1], finished=True,
            extracted=None if grid is None else written(grid),
            value=float(grid is not None and written(grid) == right[f"{task}/0"]),
            status="unparseable" if grid is None else "scored",
        )
        for number, grid in enumerate(grids)
    ]  # fmt: skip

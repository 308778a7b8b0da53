"""Evaluations as the pipeline leaves them in a store, with the models that they are of; made without any stage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli.config.catalogue import model_names
from r1cli.results.measures import MEASURES
from r1cli.store.records import Attempt, Manifest


def fingerprint(*of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()


def model(
    store: Path, node: str, *, seed: int = 0, made: float = 0.0, inputs: Mapping[str, str] | None = None, **config: Any
) -> str:
    """An entry with a model; `inputs` are role -> fingerprint of an entry that is there. Returns its fingerprint."""
    upstream = {role: _origin(store, fp) for role, fp in (inputs or {}).items()}
    identity = {"version": 1, "config": {"seed": seed, **config}, "inputs": dict(inputs or {})}
    fp = fingerprint(node, identity)
    artifacts = {"out": {"kind": "model", "path": "out/model"}}
    publish(store, node, fp, seed=seed, made=made, identity=identity, inputs=upstream, artifacts=artifacts)
    return fp


def evaluation(
    store: Path,
    checkpoint: str,
    of: str = "0" * 64,
    *,
    seed: int = 0,
    made: float = 0.0,
    scores: Sequence[float] = (),
    problems: int = 200,
    **measures: Any,
) -> str:
    """An evaluation of the model `of`, which got `scores` in the problems; returns its fingerprint."""
    problems = len(scores) or problems
    identity = {"target": "e", "version": 1, "config": {"seed": seed, "n": problems}, "inputs": {"model": of}}
    fp = fingerprint(checkpoint, identity)
    artifacts = {"out": {"kind": "report", "path": "out/report.json"}}
    artifacts["transcripts"] = {"kind": "dataset", "path": "out/transcripts.jsonl"}
    inputs = {"model": {"node": checkpoint, "fingerprint": of, "location": "x"}}
    entry = publish(
        store, f"eval_{checkpoint}", fp, seed=seed, made=made, identity=identity, inputs=inputs, artifacts=artifacts
    )
    accuracy = interval(sum(scores) / len(scores)) if scores else interval(0.714)
    numbers = {m: interval(0.714) for m in MEASURES} | {"tokens": interval(1234.0, 45.0), "accuracy": accuracy}
    report = {"checkpoint": checkpoint, "fingerprint": of, "seed": seed, "n_problems": problems, "k": 8}
    (entry / "out/report.json").write_text(json.dumps(report | numbers | {"pass_at_k": {}} | measures))
    if scores:
        lines = [_transcript(i, score) for i, score in enumerate(scores)] + [_request()]
        (entry / "out/transcripts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return fp


def benchmark(
    store: Path,
    name: str,
    checkpoint: str,
    of: str,
    *,
    scores: Sequence[float],
    seed: int = 0,
    made: float = 0.0,
    k: int = 4,
    clusters: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    average: str = "problems",
    generator: Mapping[str, Any] | None = None,
) -> str:
    """A benchmark that the model `of` answered, one score a problem; without `of` a server did. Its fingerprint."""
    config = {"seed": seed, "benchmark": name, "per_prompt": k, "generator": dict(generator or {"top_p": 1.0})}
    identity = {"target": "b", "version": 1, "config": config, "inputs": {"model": of} if of else {}}
    node = f"bench_{checkpoint}_{name}" if of else f"bench_{name}"
    fp = fingerprint(node, identity, checkpoint, list(scores), made)
    inputs = {"model": {"node": checkpoint, "fingerprint": of, "location": "x"}} if of else {}
    artifacts = {
        "out": {"kind": "report", "path": "out/report.json"},
        "problems": {"kind": "dataset", "path": "out/problems.jsonl"},
    }
    entry = publish(store, node, fp, seed=seed, made=made, identity=identity, inputs=inputs, artifacts=artifacts)
    report = {
        "benchmark": name, "model": checkpoint, "primary": "accuracy", "average": average, "k": k,
        "n_problems": len(scores), "score": interval(sum(scores) / len(scores)),
    }  # fmt: skip
    (entry / "out/report.json").write_text(json.dumps(report))
    problems = []
    for i, score in enumerate(scores):
        about = {"id": f"p-{i}", "cluster": clusters[i] if clusters else f"p-{i}", "group": groups[i] if groups else ""}
        problems.append({**about, "measures": {"accuracy": score}})
    (entry / "out/problems.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in problems))
    return fp


def interval(mean: float, half: float = 0.03) -> dict[str, float]:
    return {"mean": mean, "low": mean - half, "high": mean + half}


def _transcript(number: int, score: float) -> dict[str, Any]:
    """Two completions with the mean `score`; in one of them language does not apply."""
    low, high = max(0.0, 2 * score - 1), min(1.0, 2 * score)
    said = [{"text": "t", "accuracy": a, "format": 1.0, "tokens": 9.0, "reflection": 0.0} for a in (low, high)]
    said[0]["language"], said[1]["language"] = 0.5, None
    return {"id": f"p-{number}", "kind": "reasoning", "prompt": "q", "answer": "1", "completions": said}


def _request() -> dict[str, Any]:
    said = [{"text": "t", "accuracy": None, "format": 0.0, "tokens": 900.0, "reflection": 0.0, "language": None}]
    return {"id": "general-0", "kind": "helpful", "prompt": "q", "answer": None, "completions": said}


def _origin(store: Path, fp: str) -> dict[str, str]:
    (entry,) = store.glob(f"*-{fp[:16]}")
    return {"node": entry.name.rpartition("-")[0], "fingerprint": fp, "location": "x"}


def publish(store: Path, node: str, fp: str, **about: Any) -> Path:
    entry = store / f"{node}-{fp[:16]}"
    (entry / "out").mkdir(parents=True)
    made = about.pop("made")
    manifest = Manifest(
        node=node,
        kind="Kind",
        target="stages.kind.Kind",
        fingerprint=fp,
        data={},
        versions={},
        attempts=[Attempt(started=made, ended=made + 1)],
        device="cpu",
        processes=1,
        **about,
    )
    (entry / "manifest.json").write_text(manifest.model_dump_json())
    return entry


def papers_table(store: Path) -> None:
    """Every checkpoint of the paper's table, evaluated with two seeds."""
    for seed in (0, 1):
        base = model(store, "base", seed=seed)
        for i, node in enumerate(model_names()):
            made = base if node == "base" else model(store, node, seed=seed, inputs={"model": base})
            scores = [0.1 * i, 0.5, 0.1 * (i + seed)]
            evaluation(store, node, made, seed=seed, scores=scores, general=None if node == "base" else interval(0.5))

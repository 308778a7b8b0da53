"""Benchmark results as `r1 eval` leaves them in a store: report, problems and samples; made without any stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from r1cli.generators.generator import ServedBy, Usage
from r1cli.results import samples, scorecard
from r1cli.results.samples import SampleRecord
from tests.r1cli.fake_evaluations import fingerprint, publish

VALUES = {"r": (1.0, "scored"), "-": (0.0, "unparseable"), "x": (None, "crashed")}
"""Letter of a sample -> the verifier's word; other letters are wrong answers."""


def benchmark(
    store: Path,
    node: str,
    of: str,
    answers: Mapping[str, str],
    *,
    name: str = "gsm8k",
    made: float = 0.0,
    prompts: Mapping[str, str] | None = None,
    served: str = "",
    scores: Mapping[str, list[float]] | None = None,
) -> Path:
    """An entry; `answers` are problem -> a letter for each sample, r is right. Returns its folder.

    Args:
        store: below which it appears.
        node: whose model was asked; the model's name at its server if it was served.
        of: the model's fingerprint.
        answers: see above.
        name: of the benchmark.
        made: when, seconds since the epoch.
        prompts: of problems; their id where there is none.
        served: name of the model at a server; empty for one that ran here.
        scores: problem -> what a reward model gave its samples.
    """
    records = [
        _record(problem, number, letter, served, (scores or {}).get(problem))
        for problem, letters in answers.items()
        for number, letter in enumerate(letters)
    ]
    problems = [scorecard.problem_scores(of_one, votes=True) for of_one in samples.by_problem(records).values()]
    measures = scorecard.means(problems)
    config = {"seed": 0, "benchmark": name, "model": {"template": "Q: {question}"}}
    config["generator"] = {"temperature": 0.6, "top_p": 0.95, "max_completion_tokens": 64}
    identity = {"target": "b", "version": 1, "config": config, "inputs": {"model": of}}
    report = {"benchmark": name, "model": node, "seed": 0, "n_problems": len(problems), "primary": "accuracy"}
    report |= {"k": max(map(len, answers.values())), "average": "problems", "max_completion_tokens": 64}
    kinds = {
        "out": ("report", "report.json"),
        "samples": ("dataset", samples.FILE),
        "problems": ("dataset", "problems.jsonl"),
    }
    entry = publish(
        store,
        f"bench_{node}_{name}",
        fingerprint(node, name, identity, made),
        seed=0,
        made=made,
        identity=identity,
        inputs={} if served else {"model": {"node": node, "fingerprint": of, "location": "x"}},
        artifacts={role: {"kind": kind, "path": f"out/{file}"} for role, (kind, file) in kinds.items()},
    )
    (entry / "out/report.json").write_text(json.dumps({**report, "score": measures["accuracy"], "measures": measures}))
    samples.write(entry / "out" / samples.FILE, records)
    lines = []
    for problem in problems:
        about = {"id": problem.id, "cluster": problem.cluster, "group": "", "measures": dict(problem.measures)}
        lines.append(about | {"prompt": (prompts or {}).get(problem.id, problem.id), "answer": "r"})
    (entry / "out/problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return entry


def _record(problem: str, number: int, letter: str, served: str, scores: list[float] | None) -> SampleRecord:
    value, status = VALUES.get(letter, (0.0, "scored"))
    record = SampleRecord(
        id=problem,
        cluster=problem,
        sample=number,
        thought="t",
        answer=letter,
        text=f"<think>t</think><answer>{letter}</answer>",
        finished=True,
        usage=Usage(prompt=100, completion=50),
        seconds=1.0,
        extracted=letter,
        answer_class=ord(letter) if letter not in "-x" else None,
        value=value,
        status=status,
        served=ServedBy(returned_model=served) if served else None,
    )
    return replace(record, scores={"rm": scores[number]}) if scores else record

"""How fast stored samples are read and scored: 100,000 completions into every metric, with intervals over problems.

Two shapes, as AIME is asked (few problems, 64 samples each) and as GSM8K is (many problems, 8 each), with thoughts of
about 1,000 characters. Written once to a temporary file, then read and scored in a process of its own.

python benchmarks/samples.py [SAMPLES]
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from r1cli.generators.generator import Usage
from r1cli.results import samples, scorecard
from r1cli.results.intervals import interval
from r1cli.results.metrics import all_right_at_k, best_of_k, cons_at_k, pass_at_k, sigmoid, weighted_vote_at_k
from r1cli.results.samples import SampleRecord

SHAPES = (64, 8)
"""Samples of each problem."""
WORDS = "so we add the two and check that wait this is not what was asked".split()
SCORE = "rm"


def write(path: Path, total: int, per_problem: int) -> None:
    """Samples whose answers agree as those of a model do: some problems are easy, wrong answers are few."""
    rng = random.Random(0)

    def made(number: int) -> SampleRecord:
        problem, sample = divmod(number, per_problem)
        ability = random.Random(problem).random()
        answer_class = 0 if rng.random() < ability else rng.choice([1, 1, 2, 3, None])
        value = float(answer_class == 0)
        thought = " ".join(rng.choices(WORDS, k=250))
        return SampleRecord(
            id=f"p-{problem}", cluster=f"c-{problem // 2}", sample=sample, thought=thought, answer=str(answer_class),
            text=f"<think>{thought}</think><answer>{answer_class}</answer>", finished=answer_class is not None,
            usage=Usage(prompt=60, completion=300), seconds=0.1, model="m", answer_class=answer_class, value=value,
            status="scored", scores={"format": 1.0, "language": rng.random(), SCORE: value + rng.gauss(0, 1)},
        )  # fmt: skip

    samples.write(path, map(made, range(total // per_problem * per_problem)))


def score(path: Path) -> dict[str, dict[str, float] | None]:
    """Every metric at every power of two, with its interval."""
    problems = samples.by_problem(samples.iterate(path, texts=False))
    means = scorecard.means([scorecard.problem_scores(records, votes=True) for records in problems.values()])
    clusters = [records[0].cluster for records in problems.values()]
    n = min(map(len, problems.values()))
    for k in (2**power for power in range(n.bit_length())):
        columns: dict[str, list[float]] = {}
        for records in problems.values():
            right = [record.value == 1.0 for record in records]
            votes = [record.answer_class for record in records]
            scores = [record.scores[SCORE] for record in records]
            for name, value in (
                (f"pass@{k}", pass_at_k(n, sum(right), k)),
                (f"pass^{k}", all_right_at_k(n, sum(right), k)),
                (f"cons@{k}", cons_at_k(votes, right, k)),
                (f"best of {k}", best_of_k(scores, right, k)),
                (f"weighted@{k}", weighted_vote_at_k(votes, right, [sigmoid(s) for s in scores], k)),
            ):
                columns.setdefault(name, []).append(value)
        means |= {name: interval(values, clusters) for name, values in columns.items()}
    return means


def main() -> None:
    """One line for each shape; with a path, score it and say what that took."""
    if len(sys.argv) == 3:
        began = time.perf_counter()
        found = score(Path(sys.argv[2]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        wall_s, cpu_s = time.perf_counter() - began, used.ru_utime + used.ru_stime
        print(json.dumps([wall_s, cpu_s, used.ru_maxrss / 1024, len(found)]))
        return
    total = int(sys.argv[1]) if len(sys.argv) == 2 else 100_000
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for per_problem in SHAPES:
            path = Path(folder) / "samples.jsonl"
            write(path, total, per_problem)
            line = [sys.executable, __file__, "score", str(path)]
            done = subprocess.run(line, check=True, capture_output=True, text=True)
            wall_s, cpu_s, peak_mib, metrics = json.loads(done.stdout)
            print(
                f"{total:,} samples, {per_problem} a problem, {path.stat().st_size >> 20} MiB: {wall_s:.1f} s, "
                f"{cpu_s:.1f} s of CPU, {peak_mib:.0f} MiB at most, {metrics} metrics"
            )


if __name__ == "__main__":
    main()

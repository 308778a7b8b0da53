"""The score of ARC-AGI: attempts make test inputs, test inputs make tasks, tasks make the score.

A test input is solved if one of its attempts, two by custom, is exactly right. A task scores the mean over its test
inputs (`mean`, as the harness of ARC Prize counts) or 1 only if all are solved (`strict`, as the competition counts).
The set scores the mean over all of its tasks, and one without a single completion counts 0: what was not answered is
not solved.

More completions than attempts give the expectation over which of them are drawn. With `redraws` an attempt whose answer
is no grid counts as the next one that was drawn for it (`r1cli.results.attempts`), as the harness of ARC Prize does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from r1cli.results.attempts import attempts as attempts_of
from r1cli.results.metrics import pass_at_k
from r1cli.results.samples import SampleRecord, by_problem

ATTEMPTS = 2
"""For each test input, by the rules of ARC Prize."""
Rule = Literal["mean", "strict"]


@dataclass(frozen=True)
class ArcScore:
    """What a file of completions scores."""

    by_task: Mapping[str, float]
    """Task -> 0 to 1, in the order of the benchmark."""
    first: Mapping[str, float]
    """The same with a single attempt."""
    missing: tuple[str, ...]
    """Tasks without any completion, which count 0."""
    redrawn: int
    """Attempts for which a later completion counts than the first."""

    @property
    def score(self) -> float:
        """The mean over tasks."""
        return sum(self.by_task.values()) / len(self.by_task)

    @property
    def single(self) -> float:
        """The same with a single attempt."""
        return sum(self.first.values()) / len(self.first)


def arc_score(
    records: Iterable[SampleRecord],
    tasks: Mapping[str, Sequence[str]],
    *,
    attempts: int = ATTEMPTS,
    rule: Rule = "mean",
    redraws: int = 0,
) -> ArcScore:
    """Score the completions of a benchmark.

    Args:
        records: judged; those of other problems are not looked at.
        tasks: task -> ids of its test inputs; all of the benchmark, answered or not.
        attempts: for each test input.
        rule: how test inputs make a task.
        redraws: how often an attempt without a grid is drawn again; 0 as in every other benchmark here.
    """
    drawn = by_problem(records)
    by_task, first, missing, redrawn = {}, {}, [], 0
    for task, tests in tasks.items():
        chosen = [drawn.get(test, []) for test in tests]
        if redraws:
            chosen = [attempts_of(records, attempts, redraws) for records in chosen]
            redrawn += sum(record.sample >= attempts for records in chosen for record in records)
        right = [[record.value == 1.0 for record in records] for records in chosen]
        by_task[task] = _joined([_solved(of_test, attempts) for of_test in right], rule)
        first[task] = _joined([_solved(of_test, 1) for of_test in right], rule)
        if not any(test in drawn for test in tests):
            missing.append(task)
    return ArcScore(by_task, first, tuple(missing), redrawn)


def tasks_of(ids: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Task -> its test inputs, from (test input, task) of all of them."""
    tasks: dict[str, list[str]] = {}
    for test, task in ids:
        tasks.setdefault(task, []).append(test)
    return tasks


def _solved(right: Sequence[bool], attempts: int) -> float:
    """Chance that one of so many attempts is right; those that are not there are wrong."""
    if len(right) <= attempts:
        return float(any(right))
    return pass_at_k(len(right), sum(right), attempts)


def _joined(solved: Sequence[float], rule: Rule) -> float:
    """A task's score; test inputs are answered independently, so all of them are solved with their chances' product."""
    if rule == "mean":
        return sum(solved) / len(solved)
    product = 1.0
    for chance in solved:
        product *= chance
    return product

"""The score of ARC-AGI: attempts make test inputs, test inputs make tasks, tasks make the score.

A test input is solved if one of its attempts, two by custom, is exactly right. A task scores the mean over its test
inputs (`mean`, as the harness of ARC Prize counts) or 1 only if all are solved (`strict`, as the competition counts).
The set scores the mean over all of its tasks, and one without a single completion counts 0: what was not answered is
not solved.

More completions than attempts give the expectation over which of them are drawn. `redraws` counts as the harness does,
whose attempt is drawn again when its answer is no grid: the completions are then taken in their order, so a file of one
evaluation can be read both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

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
    """Completions that took the place of an earlier one."""

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
        kept = [_kept(drawn.get(test, []), redraws) for test in tests]
        redrawn += sum(len(drawn.get(test, [])) - len(of_test) for test, of_test in zip(tests, kept, strict=True))
        by_task[task] = _joined([_solved(of_test, attempts, in_order=redraws > 0) for of_test in kept], rule)
        first[task] = _joined([_solved(of_test, 1, in_order=redraws > 0) for of_test in kept], rule)
        if not any(test in drawn for test in tests):
            missing.append(task)
    return ArcScore(by_task, first, tuple(missing), redrawn)


def tasks_of(ids: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Task -> its test inputs, from (test input, task) of all of them."""
    tasks: dict[str, list[str]] = {}
    for test, task in ids:
        tasks.setdefault(task, []).append(test)
    return tasks


def _kept(records: Sequence[SampleRecord], redraws: int) -> list[bool]:
    """Is each attempt right? Of one that was drawn again, the last draw counts."""
    kept: list[bool] = []
    again = 0
    for record in records:
        if again:
            kept.pop()
        kept.append(record.value == 1.0)
        again = again + 1 if record.status == "unparseable" and again < redraws else 0
    return kept


def _solved(right: Sequence[bool], attempts: int, *, in_order: bool) -> float:
    """Chance that one of `attempts` is right; the first ones, or any. Those that are not there are wrong."""
    if in_order or len(right) <= attempts:
        return float(any(right[:attempts]))
    return pass_at_k(len(right), sum(right), attempts)


def _joined(solved: Sequence[float], rule: Rule) -> float:
    """A task's score; test inputs are answered independently, so all of them are solved with their chances' product."""
    if rule == "mean":
        return sum(solved) / len(solved)
    product = 1.0
    for chance in solved:
        product *= chance
    return product

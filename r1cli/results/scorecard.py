"""What the judged samples of a benchmark add up to: measures of each problem, means with intervals, how samples ended.

Everything is computed from the samples file, so a stored evaluation can be scored again with no model loaded. All
measures of a problem look at the same samples, those that could be judged (`r1cli.results.metrics`); cut off and
unreadable ones are wrong, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from r1cli.results.intervals import interval
from r1cli.results.metrics import cons_at_k, mean, pass_at_k
from r1cli.results.samples import SampleRecord

Average = Literal["problems", "groups", "all_of_group"]
"""Over what a benchmark's primary measure is averaged."""
SHARES = frozenset({"accuracy", "pass_at_k", "cons_at_k", "format", "language"})
"""Measures that lie between 0 and 1 by their definition."""
ENDS = ("right", "wrong", "unparseable", "truncated", "no_room", "timed_out", "crashed", "not_judged")
"""How a sample may end; each sample counts once."""


@dataclass(frozen=True)
class ProblemScores:
    """One problem, with each measure's mean over its samples."""

    id: str
    cluster: str
    group: str
    """What it is broken down by (level, subject, language); empty where by nothing."""
    samples: int
    """That could be judged."""
    measures: Mapping[str, float | None]
    """None where a measure applies to none of its samples."""


def problem_scores(records: Sequence[SampleRecord], *, votes: bool, group: str = "") -> ProblemScores:
    """The measures of one problem from all its samples, in any order.

    Args:
        records: of one problem.
        votes: may answers be counted as votes? Otherwise there is no consensus.
        group: see ProblemScores.

    Raises:
        ValueError: there are none, or they are not judged.
    """
    if not records or any(record.status is None for record in records):
        raise ValueError("scores need samples that were judged")
    judged = [record for record in records if record.value is not None]
    names = dict.fromkeys(name for record in records for name in record.scores)
    measures: dict[str, float | None] = {"accuracy": mean([record.value for record in judged])}
    measures |= _of_draws(judged, votes=votes)
    for name in names:
        measures[name] = mean([record.scores.get(name) for record in records])
    measures["tokens"] = mean([record.usage.completion for record in records])
    first = records[0]
    return ProblemScores(first.id, first.cluster, group, len(judged), measures)


def means(problems: Sequence[ProblemScores]) -> dict[str, dict[str, float] | None]:
    """Each measure with its 95 % interval over problems, clustered; None where it applies to no problem."""
    names = dict.fromkeys(name for problem in problems for name in problem.measures)
    found: dict[str, dict[str, float] | None] = {}
    for name in names:
        known = [(value, p.cluster) for p in problems if (value := p.measures.get(name)) is not None]
        values = [value for value, _ in known]
        share = name in SHARES or all(0 <= value <= 1 for value in values)
        found[name] = interval(values, [cluster for _, cluster in known], share=share)
    return found


def score(problems: Sequence[ProblemScores], measure: str, average: Average) -> dict[str, float] | None:
    """The measure with its interval, averaged as a benchmark says; None where it applies to no problem."""
    return means(problems).get(measure) if average == "problems" else over_groups(problems, measure, average)


def by_group(
    problems: Sequence[ProblemScores], measure: str, average: Average = "groups"
) -> dict[str, dict[str, float]]:
    """Group -> what the measure of its problems makes together, and how many they are; groups by name."""
    groups: dict[str, list[float]] = {}
    for problem in problems:
        value = problem.measures.get(measure)
        if value is not None:
            groups.setdefault(problem.group, []).append(value)
    return {name: {"mean": together(v, average), "n": len(v)} for name, v in sorted(groups.items())}


def together(values: Sequence[float], average: Average) -> float:
    """What the values of a group's problems make: their mean; for `all_of_group` their product, 1 where all are 1."""
    return prod(values) if average == "all_of_group" else sum(values) / len(values)


def over_groups(
    problems: Sequence[ProblemScores], measure: str, average: Average = "groups"
) -> dict[str, float] | None:
    """Mean over groups, with an interval over groups: for tasks of several test inputs."""
    return interval([group["mean"] for group in by_group(problems, measure, average).values()])


def ends(records: Sequence[SampleRecord]) -> dict[str, int]:
    """How the samples ended, each counted once."""
    counts = Counter(map(end_of, records))
    return {end: counts[end] for end in ENDS}


def end_of(record: SampleRecord) -> str:
    """How one sample ended: one of ENDS."""
    if record.value == 1.0:
        return "right"
    if record.status == "crashed":
        return "crashed"
    if not record.finished:
        return "truncated" if record.text or record.usage.completion else "no_room"
    if record.status in {"timed_out", "unparseable"}:
        return record.status
    return "not_judged" if record.value is None else "wrong"


def usage(records: Sequence[SampleRecord]) -> dict[str, Any]:
    """Sums of the tokens that were counted; None where none were."""
    sums: dict[str, Any] = {}
    for name in ("prompt", "cached", "completion", "reasoning"):
        known = [count for record in records if (count := getattr(record.usage, name)) is not None]
        sums[name] = sum(known) if known else None
    return sums


def _of_draws(judged: Sequence[SampleRecord], *, votes: bool) -> dict[str, float | None]:
    """pass@k and cons@k for k = all samples."""
    if not judged:
        return {"pass_at_k": None, "cons_at_k": None}
    k, right = len(judged), [record.value == 1.0 for record in judged]
    classes = [record.answer_class for record in judged]
    return {
        "pass_at_k": pass_at_k(k, sum(right), k),
        "cons_at_k": cons_at_k(classes, right, k) if votes else None,
    }

"""Evaluation results side by side, and what they say together: the rows of `r1 compare`.

Models of one cell that differ in their seed only are replicates (replicates.py); what may be said of a number and of a
difference is in statistics.py, which results belong in one table in evaluations.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from r1cli.results import paper
from r1cli.results.evaluations import LABELS, MEASURES, Evaluation, baseline_of, evaluations, labelled, named
from r1cli.results.statistics import Difference, difference_over_problems, difference_over_seeds, interval_over_seeds
from r1cli.store.store import Store

__all__ = [  # with what a reader of rows needs of r1cli.results.evaluations
    "LABELS",
    "MEASURES",
    "Evaluation",
    "baseline_of",
    "compare",
    "evaluations",
    "labelled",
    "named",
    "rows",
    "rows_over_seeds",
]

KEYS = ("checkpoint", "fingerprint", "seed", "n_problems", "k", *MEASURES)

Row = dict[str, Any]


def compare(store: Store, *, everything: bool = False, only: Collection[str] | None = None) -> list[Row]:
    """One row for each checkpoint and seed: the newest of each, asked the same questions.

    Args:
        store: where the reports are.
        everything: all reports, also those that cannot be compared and those that newer ones replace.
        only: fingerprints of evaluations to look at; None for all.
    """
    return rows(evaluations(store, everything=everything, only=only))


def rows(found: Sequence[Evaluation], baseline: Sequence[Evaluation] = ()) -> list[Row]:
    """One row for each report; its difference is to the baseline's report with the same seed, if there is one."""
    made = []
    for e in found:
        row = {k: e.report.get(k) for k in KEYS} | {"fingerprint": e.model, "cell": e.label}
        if baseline:
            beside = [b for b in baseline if b.seed == e.seed] or baseline
            row["difference"] = _differences([e], beside if len(beside) == 1 else [])
        made.append(row)
    return made


def rows_over_seeds(found: Sequence[Evaluation], baseline: Sequence[Evaluation] = ()) -> list[Row]:
    """One row for each checkpoint and cell: means over its seeds, with intervals over seeds where there are several."""
    groups: dict[tuple[str, str], list[Evaluation]] = {}
    for e in found:
        groups.setdefault(e.group, []).append(e)
    made = []
    for members in groups.values():
        first = members[0]
        row: Row = {"checkpoint": first.checkpoint, "cell": first.label, "name": first.name}
        row |= {"seeds": [e.seed for e in members], "fingerprints": [e.model for e in members]}
        row |= {"over": "seeds" if len(members) > 1 else "problems"}
        row |= {k: first.report[k] for k in ("n_problems", "k")}
        row |= {m: _interval(members, m) for m in MEASURES}
        if baseline:
            row["difference"] = _differences(members, baseline)
            seeds = any(d and d["over"] == "seeds" for d in (row["difference"] or {}).values())
            row["difference_over_problems"] = _differences(members, baseline, by_problems=True) if seeds else None
        row["paper"] = paper.of(first.checkpoint)
        made.append(row)
    return made


def _interval(members: Sequence[Evaluation], measure: str) -> dict[str, float] | None:
    if len(members) == 1:
        one: dict[str, float] | None = members[0].report.get(measure)
        return one
    means = [m for e in members if (m := e.mean(measure)) is not None]
    if len(means) < len(members):
        return None
    return interval_over_seeds(means)


def _differences(
    ours: Sequence[Evaluation], baseline: Sequence[Evaluation], *, by_problems: bool = False
) -> dict[str, Any] | None:
    """Measure -> difference; None for the baseline itself, and where there is nothing to compare with.

    Over seeds if both sides have several, unless it is asked for `by_problems`: then it is about these very models.
    """
    if not baseline or ours[0].group == baseline[0].group:
        return None
    found = {}
    for measure in MEASURES:
        over_seeds = None if by_problems else difference_over_seeds(_means(ours, measure), _means(baseline, measure))
        difference = over_seeds or _difference_over_problems(ours, baseline, measure)
        found[measure] = asdict(difference) if difference is not None else None
    return found


def _means(side: Sequence[Evaluation], measure: str) -> dict[int, float]:
    """Seed -> mean."""
    return {e.seed: m for e in side if (m := e.mean(measure)) is not None}


def _difference_over_problems(
    ours: Sequence[Evaluation], baseline: Sequence[Evaluation], measure: str
) -> Difference | None:
    """Of the seeds that both have, or of all if they have none in common; untested where scores were not kept."""
    common = {e.seed for e in ours} & {e.seed for e in baseline}
    sides = [[e for e in side if e.seed in common or not common] for side in (ours, baseline)]
    tested = difference_over_problems(*(_mean_scores(side, measure) for side in sides))
    means = [list(_means(side, measure).values()) for side in sides]
    if tested is not None or not all(means):
        return tested
    a, b = (sum(m) / len(m) for m in means)
    return Difference(a - b, None, None, None, "problems", 0, paired=False)


def _mean_scores(side: Sequence[Evaluation], measure: str) -> dict[str, float]:
    """Problem -> mean over the evaluations, for those that all of them scored."""
    known = [e.scores.get(measure, {}) for e in side]
    common = set.intersection(*(set(k) for k in known)) if known else set()
    return {problem: sum(k[problem] for k in known) / len(known) for problem in common}

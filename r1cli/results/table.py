"""The stage table: one row for each model, with intervals and tested differences. `r1 compare` and `r1 report` draw it.

Replicates (replicates.py) become one row. What may be said of a mean and of a difference is in statistics.py, which
evaluations belong in one table in select.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from r1cli.results import paper
from r1cli.results.evaluations import Evaluation
from r1cli.results.measures import MEASURES
from r1cli.results.select import evaluations
from r1cli.results.statistics import (
    Difference,
    Interval,
    Over,
    difference_over_problems,
    difference_over_seeds,
    interval_over_seeds,
)
from r1cli.store.store import Store

MEANING: Mapping[Over, str] = {
    "seeds": "95 % interval over seeds (Student's t)",
    "problems": "95 % interval over problems where there is one seed",
}
Differences = Mapping[str, Difference | None]
"""Measure -> difference to the baseline; None where one of the two has no value."""


@dataclass(frozen=True)
class TableRow:
    """The replicates of one checkpoint and configuration, or a single evaluation."""

    checkpoint: str
    label: str
    """What tells it from other configurations of the checkpoint; empty if there are none."""
    name: str
    """`Dev2 language=0.1`."""
    seeds: tuple[int, ...]
    fingerprints: tuple[str, ...]
    """Of the models."""
    over: Over
    """What the intervals are over."""
    n_problems: int
    k: int
    measures: Mapping[str, Interval | None]
    by_seed: tuple[Mapping[str, float | None], ...]
    """Measure -> mean, for each of `seeds`."""
    difference: Differences | None
    """To the baseline; None for the baseline itself and without one."""
    difference_over_problems: Differences | None
    """The same for these very models, where `difference` is over seeds."""
    paper: Mapping[str, float]
    """Benchmark -> the paper's result."""

    def mean(self, measure: str) -> float | None:
        """The mean of a measure; None where it does not apply."""
        interval = self.measures.get(measure)
        return None if interval is None else interval.mean


def per_seed(shown: Iterable[Evaluation], baseline: Sequence[Evaluation] = ()) -> list[TableRow]:
    """One row for each evaluation; its difference is to the baseline's with the same seed, or to the only one."""
    rows = []
    for evaluation in shown:
        twins = [b for b in baseline if b.seed == evaluation.seed] or baseline
        rows.append(_row([evaluation], twins if len(twins) == 1 else []))
    return rows


def over_seeds(shown: Iterable[Evaluation], baseline: Sequence[Evaluation] = ()) -> list[TableRow]:
    """One row for each checkpoint and configuration: means over its seeds, intervals over seeds if it has several."""
    groups: dict[tuple[str, str], list[Evaluation]] = {}
    for evaluation in shown:
        groups.setdefault(evaluation.group, []).append(evaluation)
    return [_row(members, baseline) for members in groups.values()]


def of_store(store: Store, only: Collection[str]) -> list[TableRow]:
    """What a run or a sweep evaluated, one row for each evaluation, by the evaluations' fingerprints."""
    return per_seed(evaluations(store, only=only))


def meanings(rows: Iterable[TableRow]) -> list[str]:
    """What the intervals of some rows are, each kind said once."""
    return list(dict.fromkeys(MEANING[row.over] for row in rows))


def as_json(row: TableRow, *, single: bool, differences: bool) -> dict[str, Any]:
    """A row as plain data: null where a measure does not apply.

    Args:
        row: a row of the table.
        single: of one evaluation, with `seed` and `fingerprint` instead of lists of them.
        differences: there is a baseline.
    """
    measures = {m: asdict(i) if i is not None else None for m, i in row.measures.items()}
    counts = {"n_problems": row.n_problems, "k": row.k}
    difference = {"difference": _plain(row.difference)} if differences else {}
    if single:
        of = {"checkpoint": row.checkpoint, "fingerprint": row.fingerprints[0], "seed": row.seeds[0]}
        return {**of, **counts, **measures, "cell": row.label, **difference}
    if differences:
        difference["difference_over_problems"] = _plain(row.difference_over_problems)
    of = {"checkpoint": row.checkpoint, "cell": row.label, "name": row.name, "seeds": list(row.seeds)}
    of |= {"fingerprints": list(row.fingerprints), "over": row.over}
    return {**of, **counts, **measures, **difference, "paper": dict(row.paper)}


def _plain(differences: Differences | None) -> dict[str, Any] | None:
    if differences is None:
        return None
    return {m: asdict(d) if d is not None else None for m, d in differences.items()}


def _row(members: Sequence[Evaluation], baseline: Sequence[Evaluation]) -> TableRow:
    first, models = members[0], _distinct_models(members)
    difference = _differences(members, baseline)
    of_seeds = any(d is not None and d.over == "seeds" for d in (difference or {}).values())
    return TableRow(
        checkpoint=first.checkpoint,
        label=first.label,
        name=first.name,
        seeds=tuple(e.seed for e in models),
        fingerprints=tuple(e.model for e in models),
        over="seeds" if len(models) > 1 else "problems",
        n_problems=first.n_problems,
        k=first.k,
        measures={m: _interval(models, m) for m in MEASURES},
        by_seed=tuple({m: e.mean(m) for m in MEASURES} for e in models),
        difference=difference,
        difference_over_problems=_differences(members, baseline, by_problems=True) if of_seeds else None,
        paper=paper.results_of(first.checkpoint),
    )


def _distinct_models(members: Sequence[Evaluation]) -> list[Evaluation]:
    """One evaluation of each model: the same weights, evaluated again with another seed, are no replicate."""
    return list({e.model: e for e in members}.values())


def _interval(models: Sequence[Evaluation], measure: str) -> Interval | None:
    """The evaluation's own for one model; over seeds for several, None unless the measure applies to all of them."""
    if len(models) == 1:
        return models[0].measures[measure]
    means = [mean for e in models if (mean := e.mean(measure)) is not None]
    return interval_over_seeds(means) if len(means) == len(models) else None


def _differences(
    ours: Sequence[Evaluation], baseline: Sequence[Evaluation], *, by_problems: bool = False
) -> Differences | None:
    """Measure -> difference; None for the baseline itself, and where there is nothing to compare with.

    Over seeds if both sides have several; over problems otherwise, or if asked for `by_problems`.
    """
    if not baseline or ours[0].group == baseline[0].group:
        return None
    differences = {}
    for measure in MEASURES:
        difference = None
        if not by_problems:
            difference = difference_over_seeds(_means(ours, measure), _means(baseline, measure))
        differences[measure] = difference or _difference_over_problems(ours, baseline, measure)
    return differences


def _means(side: Sequence[Evaluation], measure: str) -> dict[int, float]:
    """Seed -> mean."""
    return {e.seed: mean for e in side if (mean := e.mean(measure)) is not None}


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
    mean_ours, mean_baseline = (sum(m) / len(m) for m in means)
    return Difference(mean_ours - mean_baseline, None, None, None, "problems", 0, paired=False)


def _mean_scores(side: Sequence[Evaluation], measure: str) -> dict[str, float]:
    """Problem -> mean over the evaluations, for those that all of them scored."""
    known = [e.scores.get(measure, {}) for e in side]
    common = set.intersection(*(set(k) for k in known)) if known else set()
    return {problem: sum(k[problem] for k in known) / len(known) for problem in common}

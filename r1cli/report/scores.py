"""Evaluations of the shown models, averaged over seeds, and the cells of a sweep of reward weights.

Intervals say what another seed could give: mean and 95 % t-interval over three seeds or more. Two seeds have a range
and no interval worth the name (t would be 12.7); one seed has the evaluation's own bootstrap interval over problems,
which says nothing of other seeds. `Score.over` says which of the three it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from r1cli.report.lineage import Group, Lineage, place
from r1cli.results.evaluations import MEASURES, question
from r1cli.results.statistics import interval_over_seeds
from r1cli.store.records import Entry

Over = Literal["problems", "range", "seeds"]
MEANING: dict[Over, str] = {
    "problems": "95 % interval over problems where there is one seed",
    "range": "range of two seeds",
    "seeds": "95 % interval over seeds",
}


@dataclass(frozen=True)
class Interval:
    """A mean and where it would fall 95 times of 100."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """One model's evaluation, over all seeds that were asked the same questions."""

    node: str
    label: str
    seeds: tuple[int, ...]
    over: Over
    """What the intervals are over."""
    measures: Mapping[str, Interval | None]
    each: tuple[Mapping[str, float | None], ...]
    """The means of each seed, in the order of `seeds`."""
    problems: int
    samples: int
    """Completions for each problem."""
    fingerprints: tuple[str, ...]
    """Of the models."""

    def mean(self, measure: str) -> float | None:
        """The mean of a measure; None where it was not taken."""
        found = self.measures.get(measure)
        return found.mean if found else None


@dataclass(frozen=True)
class Cell:
    """One choice of reward weights in a sweep."""

    node: str
    weights: Mapping[str, float]
    score: Score


def comparable(lineage: Lineage) -> dict[str, Entry]:
    """Model fingerprint -> its evaluation, of those that were asked the same questions as the newest one."""
    newest = lineage.evaluations[-1:]
    asked = [question(e) for e in newest]
    return {_model(e): e for e in lineage.evaluations if question(e) in asked}


def scores(lineage: Lineage, evaluations: Mapping[str, Entry]) -> list[Score]:
    """The rows of the stage table, in the paper's order."""
    found = [_score(group, evaluations) for group in lineage.shown.values()]
    return sorted((s for s in found if s is not None), key=lambda s: place(s.node))


def sweeps(lineage: Lineage, evaluations: Mapping[str, Entry]) -> dict[str, list[Cell]]:
    """Node -> its cells, for nodes that were trained and evaluated with several reward weights."""
    cells: dict[str, list[Cell]] = {}
    for group in lineage.groups.values():
        weights = reward_weights(group.entries[0])
        score = _score(group, evaluations) if weights else None
        if score is not None:
            cells.setdefault(group.node, []).append(Cell(group.node, weights, score))
    return {n: sorted(c, key=_by_weights) for n, c in cells.items() if len({str(cell.weights) for cell in c}) > 1}


def varied(cells: Sequence[Cell]) -> list[str]:
    """Names of the weights that are not the same in all cells."""
    names = sorted({name for cell in cells for name in cell.weights})
    return [n for n in names if len({cell.weights.get(n) for cell in cells}) > 1]


def reward_weights(entry: Entry) -> dict[str, float]:
    """The weights that a result was trained with; empty where there was no reward."""
    reward = entry.manifest.identity.get("config", {}).get("reward") or {}
    return dict(reward.get("weights") or {})


def over_seeds(values: Sequence[float]) -> Interval:
    """Mean and 95 % t-interval; of fewer than three values the range."""
    mean = sum(values) / len(values)
    if len(values) < 3:
        return Interval(mean, min(values), max(values))
    return Interval(**interval_over_seeds(values))


def _score(group: Group, evaluations: Mapping[str, Entry]) -> Score | None:
    found = [(e, evaluations[e.manifest.fingerprint]) for e in group.entries if e.manifest.fingerprint in evaluations]
    if not found:
        return None
    reports = [_report(evaluation) for _, evaluation in found]
    means = tuple({m: (r.get(m) or {}).get("mean") for m in MEASURES} for r in reports)
    return Score(
        node=group.node,
        label=group.label,
        seeds=tuple(model.manifest.seed for model, _ in found),
        over=("problems", "range", "seeds")[min(len(found), 3) - 1],
        measures={m: _interval(m, reports) for m in MEASURES},
        each=means,
        problems=reports[-1].get("n_problems") or 0,
        samples=reports[-1].get("k") or 0,
        fingerprints=tuple(model.manifest.fingerprint for model, _ in found),
    )


def _interval(measure: str, reports: Iterable[Mapping[str, Any]]) -> Interval | None:
    taken = [r[measure] for r in reports if r.get(measure)]
    if len(taken) == 1:
        return Interval(taken[0]["mean"], taken[0]["low"], taken[0]["high"])
    return over_seeds([t["mean"] for t in taken]) if taken else None


def _report(evaluation: Entry) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(evaluation.artifacts()["out"].path.read_text("utf-8"))
    return read


def _model(evaluation: Entry) -> str:
    return evaluation.manifest.inputs["model"].fingerprint


def _by_weights(cell: Cell) -> list[tuple[str, float]]:
    return sorted(cell.weights.items())

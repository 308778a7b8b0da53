"""What a store knows of a claim: which of its models are meant, how they pair, and one number for each seed.

Nothing but results is read, so a store put together from several machines gives the same. Of several configurations
that fit, the one with the most pairs is taken; of equals, the one that more models were made from, then the newest.

| kind | number of a seed |
|---|---|
| difference | mean of ours minus the baseline's, over the problems that both were judged on |
| ratio | logarithm of ours over the baseline's |
| level | mean of ours |
| trend | a metric of training: mean of its last fifth minus mean of its first |
| pass_at_k | pass@k of ours minus the baseline's |
| difficulty | mean over the hardest third of the problems minus over the easiest; how hard, the baseline says |
| reflecting | accuracy of our responses with a reflection word minus of those without |
| spread | all seeds of each configuration of a checkpoint |

A problem on which a judge crashed, for either side, leaves both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import isfinite, log
from typing import Any

from r1cli.layout import METRICS
from r1cli.results.claims.declaration import Claim, Side, Test
from r1cli.results.claims.estimates import change, crossing
from r1cli.results.evaluations import Evaluation, read_evaluations
from r1cli.results.metrics import pass_at_k
from r1cli.results.reading import read_objects
from r1cli.results.select import question
from r1cli.store.records import Entry

Pair = tuple[Evaluation, Evaluation]
"""(ours, the baseline's)."""
COARSE_K = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Where pass@k curves are looked at for a crossing."""


@dataclass(frozen=True)
class SeedValue:
    """One seed's number, and the models that it comes from."""

    seed: int
    value: float
    ours: str
    """Fingerprint."""
    baseline: str = ""


@dataclass(frozen=True)
class Evidence:
    """What there is for one test."""

    values: tuple[SeedValue, ...]
    methods: tuple[tuple[float, ...], ...] = ()
    """Of a spread: the seeds of each method."""
    remark: str = ""
    """What the number alone does not say: where two curves cross, say."""


class Evidences:
    """All evaluations of a store, ready to be asked for claims."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {e.manifest.fingerprint: e for e in entries}
        self._evaluations = read_evaluations(self._entries.values())
        self._kept: dict[str, Mapping[str, tuple[int, int]]] = {}

    def of(self, claim: Claim) -> dict[str, Evidence]:
        """Test -> evidence; tests without any are left out."""
        found = {name: self._of_test(test) for name, test in claim.tests.items()}
        return {name: evidence for name, evidence in found.items() if evidence is not None}

    def _of_test(self, test: Test) -> Evidence | None:
        if test.kind == "spread":
            return self._spread(test)
        if test.kind == "pass_at_k":
            return self._pass_at_k(test)
        number: dict[str, Callable[[Pair], float | None]] = {
            "difference": lambda pair: _difference(test, *pair),
            "ratio": lambda pair: _log_ratio(test, *pair),
            "level": lambda pair: pair[0].mean(test.measure),
            "trend": lambda pair: self._trend(test, pair[0]),
            "difficulty": lambda pair: _by_difficulty(test, *pair),
            "reflecting": lambda pair: _reflecting(pair[0]),
        }
        return _evidence(self._pairs(test), number[test.kind])

    # --- which models -------------------------------------------------------------------------------------------------

    def _pairs(self, test: Test, *, k: int = 1) -> list[Pair]:
        """The pairs of a test, one a seed, of the best configuration; without a baseline each is its own."""
        groups: dict[tuple[object, ...], list[Evaluation]] = {}
        for evaluation in self._fitting(test.ours, k):
            groups.setdefault((_question(evaluation), *evaluation.group), []).append(evaluation)
        rivals = [] if test.baseline is None else self._fitting(test.baseline, k)
        paired = [self._paired(members, rivals, alone=test.baseline is None) for members in groups.values()]
        return max(paired, key=self._preference, default=[])

    def _fitting(self, side: Side, k: int) -> list[Evaluation]:
        return [e for e in self._evaluations if e.checkpoint == side.checkpoint and e.k >= k and _fits(e, side.where)]

    def _paired(self, members: Sequence[Evaluation], rivals: Sequence[Evaluation], *, alone: bool) -> list[Pair]:
        by_seed: dict[int, Pair] = {}
        for evaluation in members:  # oldest first: the newest of a seed stays
            partner = evaluation if alone else self._partner(evaluation, rivals)
            if partner is not None:
                by_seed[evaluation.seed] = (evaluation, partner)
        return [by_seed[seed] for seed in sorted(by_seed)]

    def _partner(self, ours: Evaluation, rivals: Sequence[Evaluation]) -> Evaluation | None:
        """The same model, or one that ours was made from (or the other way round); else its twin of the same seed.

        Twins stand on the same base model, and all answered the same questions.
        """
        asked = [e for e in rivals if _question(e) == _question(ours)]
        related = [e for e in asked if e.model in self._line(ours.model) or ours.model in self._line(e.model)]
        twins = [e for e in asked if e.seed == ours.seed and self._roots(e.model) & self._roots(ours.model)]
        best = related or twins
        return max(best, key=lambda e: (self._descendants[e.model], e.entry.manifest.started), default=None)

    def _preference(self, pairs: Sequence[Pair]) -> tuple[int, int, float]:
        if not pairs:
            return (0, 0, 0.0)
        made = sum(self._descendants[ours.model] for ours, _ in pairs)
        return len(pairs), made, max(ours.entry.manifest.started for ours, _ in pairs)

    def _line(self, fingerprint: str) -> frozenset[str]:
        """A result and all that it was made from."""
        if fingerprint not in self._lines:
            entry = self._entries.get(fingerprint)
            origins = [] if entry is None else [o.fingerprint for o in entry.manifest.inputs.values()]
            self._lines[fingerprint] = frozenset({fingerprint}.union(*map(self._line, origins)))
        return self._lines[fingerprint]

    def _roots(self, fingerprint: str) -> frozenset[str]:
        """What stands at the beginning of its line: base models."""
        line = self._line(fingerprint)
        return frozenset(f for f in line if f not in self._entries or not self._entries[f].manifest.inputs)

    @cached_property
    def _lines(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _descendants(self) -> Mapping[str, int]:
        """Fingerprint -> how many models of the store were made from it."""
        count = {e.model: 0 for e in self._evaluations}
        for fingerprint, entry in self._entries.items():
            made = entry.manifest.artifacts.get("out")
            if made is not None and made.kind == "model":
                for ancestor in self._line(fingerprint) - {fingerprint}:
                    count[ancestor] = count.get(ancestor, 0) + 1
        return count

    # --- numbers that need more than two means ------------------------------------------------------------------------

    def _trend(self, test: Test, evaluation: Evaluation) -> float | None:
        entry = self._entries.get(evaluation.model)
        rows = [] if entry is None else read_objects(entry.path / METRICS)
        values = [float(v) for row in rows if isinstance(v := row.get(test.measure), (int, float)) and isfinite(v)]
        return change(values)

    def _pass_at_k(self, test: Test) -> Evidence | None:
        pairs = self._pairs(test, k=test.k)
        curves = {ours.seed: _curves(self._counts(ours), self._counts(rival), test.k) for ours, rival in pairs}
        found = _evidence(pairs, lambda pair: _gap_at(curves[pair[0].seed], test.k))
        if found is None:
            return None
        known = [curve for curve in curves.values() if curve[0]]
        mean_ours, mean_rival = (_mean_curve([curve[side] for curve in known]) for side in (0, 1))
        at = crossing(mean_ours, mean_rival)
        remark = "the curves do not meet" if at is None else f"the curves meet at k = {at:.0f}"
        return Evidence(found.values, remark=f"{remark} (up to {test.k})")

    def _counts(self, evaluation: Evaluation) -> Mapping[str, tuple[int, int]]:
        """Problem -> (samples, right ones); without problems on which a judge crashed."""
        if evaluation.fingerprint not in self._kept:
            counts = {}
            for record in evaluation.transcripts():
                right = [c.get("accuracy") for c in record["completions"]]
                if record.get("kind", "reasoning") == "reasoning" and right and None not in right:
                    counts[record["id"]] = (len(right), sum(bool(r) for r in right))
            self._kept[evaluation.fingerprint] = counts
        return self._kept[evaluation.fingerprint]

    def _spread(self, test: Test) -> Evidence | None:
        groups: dict[tuple[object, ...], dict[int, float]] = {}
        models: dict[tuple[object, ...], dict[int, str]] = {}
        for e in self._fitting(test.ours, 1):
            if (mean := e.mean(test.measure)) is not None:
                key = (_question(e), *e.group)
                groups.setdefault(key, {})[e.seed] = mean
                models.setdefault(key, {})[e.seed] = e.model
        several = {key: of for key, of in groups.items() if len(of) > 1}
        if len(several) < 2:
            return None
        seeds = sorted(set.intersection(*(set(of) for of in several.values())))
        methods = tuple(tuple(of[seed] for seed in seeds) for of in several.values())
        values = tuple(SeedValue(s, of[s], models[key][s]) for key, of in several.items() for s in seeds)
        return Evidence(values, methods, f"{len(methods)} methods")


def _evidence(pairs: Iterable[Pair], number: Callable[[Pair], float | None]) -> Evidence | None:
    values = []
    for pair in pairs:
        if (value := number(pair)) is not None:
            ours, rival = pair
            values.append(SeedValue(ours.seed, value, ours.model, rival.model if rival is not ours else ""))
    return Evidence(tuple(values)) if values else None


def _fits(evaluation: Evaluation, where: Mapping[str, Any]) -> bool:
    """Has the configuration these values? Numbers are compared as numbers; null means that there is no such key."""
    for key, wanted in where.items():
        found = evaluation.configuration.get(key)
        if (None if found is None else json.loads(found)) != wanted:
            return False
    return True


def _question(evaluation: Evaluation) -> str:
    return json.dumps(question(evaluation.entry), sort_keys=True)


def paired_means(ours: Evaluation, measure: str, rival: Evaluation, rival_measure: str) -> tuple[float, float] | None:
    """Both means over the problems that both sides were judged on; of the reports where no transcripts tell.

    A problem leaves both sides if a judge crashed on any sample of either. None where a side has no value.
    """
    a, b = ours.scores.get(measure, {}), rival.scores.get(rival_measure, {})
    left_out = _crashed(ours) | _crashed(rival)
    common = [problem for problem in a if problem in b and problem not in left_out]
    if common:
        return sum(a[p] for p in common) / len(common), sum(b[p] for p in common) / len(common)
    x, y = ours.mean(measure), rival.mean(rival_measure)
    return None if x is None or y is None else (x, y)


@cache
def _crashed(evaluation: Evaluation) -> set[str]:
    records = evaluation.transcripts()
    return {r["id"] for r in records if any(c.get("status") == "crashed" for c in r["completions"])}


def _measures(test: Test) -> tuple[str, str]:
    baseline = test.baseline.measure if test.baseline is not None else None
    return test.ours.measure or test.measure, baseline or test.measure


def _difference(test: Test, ours: Evaluation, rival: Evaluation) -> float | None:
    measure, rival_measure = _measures(test)
    means = paired_means(ours, measure, rival, rival_measure)
    return None if means is None else means[0] - means[1]


def _log_ratio(test: Test, ours: Evaluation, rival: Evaluation) -> float | None:
    measure, rival_measure = _measures(test)
    means = paired_means(ours, measure, rival, rival_measure)
    return log(means[0] / means[1]) if means is not None and min(means) > 0 else None


def _by_difficulty(test: Test, ours: Evaluation, rival: Evaluation) -> float | None:
    """Ours on the hardest third of the problems minus on the easiest; how hard a problem is, the baseline's score says.

    The baseline is another model: the very samples that are measured would make their own easy problems.
    """
    hardness, values = rival.scores.get("accuracy", {}), ours.scores.get(test.measure, {})
    common = sorted((p for p in hardness if p in values), key=lambda p: (hardness[p], p))
    third = len(common) // 3
    if not third:
        return None
    hard, easy = common[:third], common[-third:]
    return sum(values[p] for p in hard) / third - sum(values[p] for p in easy) / third


def _reflecting(ours: Evaluation) -> float | None:
    """Over all responses that were judged: whether reflection goes with being right, not whether it is the reason."""
    right: dict[bool, list[float]] = {True: [], False: []}
    for record in ours.transcripts():
        for completion in record["completions"]:
            if completion.get("accuracy") is not None:
                right[bool(completion.get("reflection"))].append(completion["accuracy"])
    with_words, without = right[True], right[False]
    if not with_words or not without:
        return None
    return sum(with_words) / len(with_words) - sum(without) / len(without)


Curve = list[tuple[int, float]]
"""(k, pass@k)."""


def _curves(
    ours: Mapping[str, tuple[int, int]], rival: Mapping[str, tuple[int, int]], largest: int
) -> tuple[Curve, Curve]:
    """pass@k of both sides over the problems that both have with enough samples; empty if there are none."""
    common = [p for p in ours if p in rival and min(ours[p][0], rival[p][0]) >= largest]
    ks = sorted({*(k for k in COARSE_K if k < largest), largest}) if common else []

    def curve(counts: Mapping[str, tuple[int, int]]) -> Curve:
        return [(k, sum(pass_at_k(*counts[p], k) for p in common) / len(common)) for k in ks]

    return curve(ours), curve(rival)


def _gap_at(curves: tuple[Curve, Curve], k: int) -> float | None:
    ours, rival = (dict(curve) for curve in curves)
    return ours[k] - rival[k] if k in ours else None


def _mean_curve(curves: Sequence[Curve]) -> Curve:
    return [(points[0][0], sum(value for _, value in points) / len(points)) for points in zip(*curves, strict=True)]

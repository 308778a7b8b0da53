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

The numbers themselves are in numbers.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

from r1cli.layout import METRICS
from r1cli.results.claims.declaration import Claim, Side, Test
from r1cli.results.claims.estimates import change, crossing
from r1cli.results.claims.numbers import (
    Curve,
    by_difficulty,
    curves,
    difference,
    gap_at,
    log_ratio,
    mean_curve,
    reflecting,
)
from r1cli.results.evaluations import Evaluation, read_evaluations
from r1cli.results.reading import read_objects
from r1cli.results.select import question
from r1cli.store.records import Entry

Pair = tuple[Evaluation, Evaluation]
"""(ours, the baseline's)."""


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
            "difference": lambda pair: difference(test, *pair),
            "ratio": lambda pair: log_ratio(test, *pair),
            "level": lambda pair: pair[0].mean(test.measure),
            "trend": lambda pair: self._trend(test, pair[0]),
            "difficulty": lambda pair: by_difficulty(test, *pair),
            "reflecting": lambda pair: reflecting(pair[0]),
        }
        return _evidence(self._pairs(test), number[test.kind])

    # --- which models -------------------------------------------------------------------------------------------------

    def _pairs(self, test: Test, *, k: int = 1) -> list[Pair]:
        """The pairs of a test, one a seed, of the best configuration; without a baseline each is its own."""
        groups: dict[tuple[object, ...], list[Evaluation]] = {}
        for evaluation in self._fitting(test.ours, k):
            groups.setdefault((_question(evaluation), *evaluation.group), []).append(evaluation)
        baselines = [] if test.baseline is None else self._fitting(test.baseline, k)
        paired = [self._paired(members, baselines, alone=test.baseline is None) for members in groups.values()]
        return max(paired, key=self._preference, default=[])

    def _fitting(self, side: Side, k: int) -> list[Evaluation]:
        return [e for e in self._evaluations if e.checkpoint == side.checkpoint and e.k >= k and _fits(e, side.where)]

    def _paired(self, members: Sequence[Evaluation], baselines: Sequence[Evaluation], *, alone: bool) -> list[Pair]:
        by_seed: dict[int, Pair] = {}
        for evaluation in members:  # oldest first: the newest of a seed stays
            partner = evaluation if alone else self._partner(evaluation, baselines)
            if partner is not None:
                by_seed[evaluation.seed] = (evaluation, partner)
        return [by_seed[seed] for seed in sorted(by_seed)]

    def _partner(self, ours: Evaluation, baselines: Sequence[Evaluation]) -> Evaluation | None:
        """The same model, or one that ours was made from (or the other way round); else its twin of the same seed.

        Twins stand on the same base model, and all answered the same questions.
        """
        asked = [e for e in baselines if _question(e) == _question(ours)]
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
        of_seed = {ours.seed: curves(ours, baseline, test.k) for ours, baseline in pairs}
        found = _evidence(pairs, lambda pair: gap_at(of_seed[pair[0].seed], test.k))
        if found is None:
            return None
        known = [curve for curve in of_seed.values() if curve[0]]
        mean_ours, mean_baseline = (mean_curve([curve[side] for curve in known]) for side in (0, 1))
        return Evidence(found.values, remark=_where_they_meet(mean_ours, mean_baseline) if test.k > 1 else "")

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


def _where_they_meet(ours: Curve, baseline: Curve) -> str:
    largest, reached = ours[-1]
    at = crossing(ours, baseline)
    where = "the curves do not meet" if at is None else f"the curves meet at k = {at:.0f}"
    if reached == baseline[-1][1] == 1:
        where = f"{where}, where both solve every problem: harder ones would be needed"
    return f"{where} (up to {largest})"


def _evidence(pairs: Iterable[Pair], number: Callable[[Pair], float | None]) -> Evidence | None:
    values = []
    for pair in pairs:
        if (value := number(pair)) is not None:
            ours, baseline = pair
            values.append(SeedValue(ours.seed, value, ours.model, baseline.model if baseline is not ours else ""))
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

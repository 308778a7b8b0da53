"""Accuracy against test-time compute: what k samples of a problem are worth under a rule, from samples that are there.

Samples are drawn once; every rule that only chooses among them is then known for every k up to their number, without
a new token: the majority, the best by a score, a vote weighted by a score. The x axis is generated tokens a problem,
all of them: k samples cost k times the mean of one.

Two lines frame every rule. Choosing at random is worth pass@1, whatever k; a rule that always finds a right sample
where there is one reaches pass@k. The latter knows the reference answer: it is a bound, not a method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt

from r1cli.errors import ConfigError
from r1cli.results import intervals
from r1cli.results.cost import Dollars
from r1cli.results.rules import BOUNDS, METHODS, SelectionRule, rule_named
from r1cli.results.sampled import SampleSet
from r1cli.results.statistics import Interval

SCORER = "rm"
"""Name of the score that a reward model gave: the one that best-of-k goes by unless another is named."""
FITTED = 3
"""Points from which a line through them says something."""


@dataclass(frozen=True)
class ScalingPoint:
    """A rule with k samples."""

    k: int
    accuracy: Interval
    """Over problems, clustered where they hang together."""
    problems: int
    """That have k judged samples."""
    tokens: float | None
    """Generated for one problem; None where they were not counted."""


@dataclass(frozen=True)
class LogFit:
    """accuracy = intercept + slope * log2(tokens a problem), by least squares."""

    intercept: float
    slope: float
    """Gained by twice the tokens."""
    slope_low: float
    slope_high: float
    """95 % interval over problems: each problem has a slope of its own, and theirs is the mean."""
    r2: float
    residuals: tuple[float, ...]


@dataclass(frozen=True)
class ScalingCurve:
    """A rule for all k."""

    rule: SelectionRule
    points: tuple[ScalingPoint, ...]
    fit: LogFit | None
    """None for a bound, fewer than FITTED points, or tokens that were not counted."""

    def at_tokens(self, tokens: float) -> float | None:
        """Accuracy for a budget, between neighbouring points by log2; None outside of what was measured."""
        known = [(log2(p.tokens), p.accuracy.mean) for p in self.points if p.tokens]
        for (x0, y0), (x1, y1) in pairwise(known):
            if x0 <= log2(tokens) <= x1:
                return y0 + (y1 - y0) * (log2(tokens) - x0) / (x1 - x0) if x1 > x0 else y1
        return None


@dataclass(frozen=True)
class Scaling:
    """What samples of one model on one benchmark are worth."""

    sets: tuple[SampleSet, ...]
    """One a seed."""
    scorer: str
    """The score that best-of-k goes by; empty if there is none."""
    curves: tuple[ScalingCurve, ...]
    """Methods, then bounds."""

    @property
    def model(self) -> str:
        return self.sets[0].model

    @property
    def samples(self) -> int:
        """Of all problems and seeds."""
        return sum(len(problem.samples) for of_seed in self.sets for problem in of_seed.problems)

    @property
    def dollars(self) -> Dollars | None:
        """What all samples cost; None where not all of them have a price."""
        known = [of_seed.dollars for of_seed in self.sets if of_seed.dollars is not None]
        if len(known) < len(self.sets):
            return None
        return Dollars(sum(d.least for d in known), sum(d.most for d in known))

    def dollars_of(self, k: int) -> Dollars | None:
        """What k samples of a problem cost, in the mean; None without a price."""
        return None if self.dollars is None else self.dollars.times(k / self.samples)

    @property
    def counted(self) -> bool:
        """Are its tokens known?"""
        return any(point.tokens for curve in self.curves for point in curve.points)

    def curve(self, rule: str) -> ScalingCurve | None:
        """The curve of a rule, if it applies."""
        return next((curve for curve in self.curves if curve.rule.name == rule), None)


def scaling(
    sets: Sequence[SampleSet], *, ks: Sequence[int] = (), rules: Sequence[str] = (), scorer: str = ""
) -> Scaling:
    """The curves of one model, averaged over its seeds problem by problem.

    Args:
        sets: of one model and benchmark, one a seed.
        ks: numbers of samples; empty for powers of two up to all that there are.
        rules: names of METHODS; empty for all that apply, the control left out.
        scorer: which of the stored scores; empty for SCORER, if there is one. It must not know the reference.

    Raises:
        ConfigError: no such rule, no such score, or fewer samples than asked for.
    """
    scorer = _scorer(sets, scorer)
    asked = [rule_named(name) for name in rules] or [rule for rule in METHODS.values() if rule.name != "random"]
    usable = [rule for rule in asked if _applies(rule, sets, scorer)]
    ks = _numbers(sets, ks)
    curves = [_curve(rule, sets, ks, scorer) for rule in (*usable, *BOUNDS.values())]
    return Scaling(tuple(sets), scorer, tuple(curves))


def scorers(sets: Iterable[SampleSet]) -> list[str]:
    """Names of the scores that every judged sample has: one that some lack ranks nothing."""
    names: set[str] | None = None
    for problem in (problem for of_seed in sets for problem in of_seed.problems):
        for sample in problem.judged:
            names = set(sample.scores) if names is None else names & sample.scores.keys()
    return sorted(names or ())


def powers_of_two(most: int) -> list[int]:
    """1, 2, 4 and so on, and `most` itself."""
    return sorted({most, *(2**i for i in range(most.bit_length()) if 2**i <= most)}) if most else []


def _scorer(sets: Sequence[SampleSet], wanted: str) -> str:
    known = scorers(sets)
    if wanted and wanted not in known:
        hint = f"there is {', '.join(known)}" if known else "samples without scores have votes only"
        raise ConfigError(f"not every sample of {sets[0].model} has a score '{wanted}'", hint=hint)
    return wanted or (SCORER if SCORER in known else "")


def _applies(rule: SelectionRule, sets: Sequence[SampleSet], scorer: str) -> bool:
    return (not rule.scored or bool(scorer)) and (not rule.votes or all(s.protocol.votes for s in sets))


def _numbers(sets: Sequence[SampleSet], ks: Sequence[int]) -> list[int]:
    most = max((len(problem.judged) for of_seed in sets for problem in of_seed.problems), default=0)
    if ks and max(ks) > most:
        raise ConfigError(f"{sets[0].model} has {most} samples of a problem, not {max(ks)}", hint=f"at most --k {most}")
    if ks and min(ks) < 1:
        raise ConfigError(f"--k {min(ks)}: there is no answer without a sample", hint="--k 1,2,4")
    return sorted(set(ks)) or powers_of_two(most)


def _curve(rule: SelectionRule, sets: Sequence[SampleSet], ks: Sequence[int], scorer: str) -> ScalingCurve:
    clusters = {problem.id: problem.cluster for of_seed in sets for problem in of_seed.problems}
    by_k: dict[int, dict[str, float]] = {}
    points: list[ScalingPoint] = []
    for k in ks:
        values = _values(rule, sets, k, scorer)
        if values:
            by_k[k] = values
            tokens = _tokens(sets, values, k)
            accuracy = intervals.mean_interval(list(values.values()), [clusters[problem] for problem in values])
            points.append(ScalingPoint(k, accuracy, len(values), tokens))
    fit = None if rule.bound else _fit(points, by_k, clusters)
    return ScalingCurve(rule, tuple(points), fit)


def _values(rule: SelectionRule, sets: Sequence[SampleSet], k: int, scorer: str) -> dict[str, float]:
    """Problem -> what k samples are worth, the mean over seeds; problems with fewer samples say nothing."""
    found: dict[str, list[float]] = {}
    for of_seed in sets:
        for problem in of_seed.problems:
            if len(problem.judged) >= k:
                found.setdefault(problem.id, []).append(rule.of(problem, k, scorer))
    return {problem: sum(values) / len(values) for problem, values in found.items()}


def _tokens(sets: Sequence[SampleSet], problems: Mapping[str, float], k: int) -> float | None:
    counted = [
        problem.tokens
        for of_seed in sets
        for problem in of_seed.problems
        if problem.id in problems and problem.tokens is not None
    ]
    return k * sum(counted) / len(counted) if counted else None


def _fit(
    points: Sequence[ScalingPoint], by_k: Mapping[int, Mapping[str, float]], clusters: Mapping[str, str]
) -> LogFit | None:
    """A line through accuracy against log2(tokens). The same samples are in all points: its residuals are no noise."""
    x = [log2(point.tokens) for point in points if point.tokens]
    if len(points) < FITTED or len(x) < len(points):
        return None
    middle = sum(x) / len(x)
    spread = sum((value - middle) ** 2 for value in x)
    pull = [(value - middle) / spread for value in x]
    y = [point.accuracy.mean for point in points]
    slope = sum(a * b for a, b in zip(pull, y, strict=True))
    mean = sum(y) / len(y)
    residuals = tuple(b - mean - slope * (a - middle) for a, b in zip(x, y, strict=True))
    around = sum((value - mean) ** 2 for value in y)
    unexplained = sum(residual**2 for residual in residuals)
    complete = set.intersection(*(set(values) for values in by_k.values()))
    own = {i: sum(a * by_k[p.k][i] for a, p in zip(pull, points, strict=True)) for i in sorted(complete)}
    half = 0.0
    if len({clusters[i] for i in own}) > 1:
        of = [clusters[i] for i in own]
        half = intervals.quantile(len(set(of)) - 1) * intervals.standard_error(list(own.values()), of)
    r2 = 1 - unexplained / around if sqrt(around) > intervals.TINY else 1.0
    return LogFit(mean - slope * middle, slope, slope - half, slope + half, r2, residuals)

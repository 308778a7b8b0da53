"""The statistics of claims: small pure functions of one number a seed.

A claim about a method is a claim about seeds, so the seeds are the sample here: Student's t for means, p-values against
a declared margin, two one-sided ones for equivalence (TOST; Schuirmann 1987), the F distribution for spreads, Holm's
step-down correction (1979), and from the noncentral t the seeds that it takes to see a difference. Ratios are handled
as their logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, isfinite, log, log2, sqrt
from typing import Any

from r1cli.results.statistics import LEVEL

POWER = 0.8
MOST_SEEDS = 1000
"""Beyond that many, nobody will try."""


@dataclass(frozen=True)
class Estimate:
    """What the seeds say of one number."""

    mean: float
    low: float | None
    """Of the 95 % interval; None from one seed."""
    high: float | None
    n: int
    """Seeds."""
    sd: float | None
    """Standard deviation over seeds, of the logarithm for a ratio; None where it cannot be known."""
    p_more: float | None
    """Two-sided p-value for being more than the margin: small where the number surely is."""
    p_less: float | None
    """The same for being less."""
    p_within: float | None
    """TOST's p-value for lying between minus the margin and the margin; None for other relations."""


def of_mean(values: Sequence[float], margin: float, *, within: bool = False) -> Estimate:
    """The mean of a number over seeds, against a margin.

    Args:
        values: one a seed, at least one.
        margin: what the mean is held against; with `within`, the distance from zero.
        within: is the question whether the mean lies within the margin on either side of zero?
    """
    n, mean = len(values), sum(values) / len(values)
    if n < 2:
        return Estimate(mean, None, None, n, None, None, None, None)
    sd = sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    error = sd / sqrt(n)
    half = float(_special().stdtrit(n - 1, (1 + LEVEL) / 2)) * error
    above, below = _tail(mean - margin, error, n), _tail(margin - mean, error, n)
    if not within:
        return Estimate(mean, mean - half, mean + half, n, sd, min(1.0, 2 * above), min(1.0, 2 * below), None)
    under, over = _tail(-margin - mean, error, n), above
    inside = max(below, _tail(mean + margin, error, n))
    # Outside on either side; each side gets half of what may go wrong.
    return Estimate(mean, mean - half, mean + half, n, sd, min(1.0, 2 * over), min(1.0, 2 * under), inside)


def of_ratio(logs: Sequence[float], margin: float) -> Estimate:
    """The geometric mean of ratios, from their logarithms; `sd` stays one of logarithms."""
    estimate = of_mean(logs, log(margin))
    low, high = (None if bound is None else exp(bound) for bound in (estimate.low, estimate.high))
    return replace(estimate, mean=exp(estimate.mean), low=low, high=high)


def of_spread(methods: Sequence[Sequence[float]], margin: float) -> Estimate | None:
    """How far methods differ, as a multiple of how far seeds of one method do; None where that cannot be known.

    The ratio of the standard deviation between methods to that between seeds, from a one-way analysis of variance with
    equally many seeds of each: F = mean square between / mean square within, sigma_b^2 / sigma_w^2 = (F - 1) / n. Its
    interval and p-values come from the F distribution of F / (1 + n ratio^2) (Searle et al. 1992, 3.5).
    """
    n = min(map(len, methods), default=0)
    if len(methods) < 2 or n < 2:
        return None
    groups = [list(m[:n]) for m in methods]
    means = [sum(g) / n for g in groups]
    grand = sum(means) / len(means)
    between = n * sum((m - grand) ** 2 for m in means) / (len(means) - 1)
    inside = sum((v - m) ** 2 for g, m in zip(groups, means, strict=True) for v in g) / (len(means) * (n - 1))
    if inside <= 0:
        return None
    f, degrees, special = between / inside, (len(means) - 1, len(means) * (n - 1)), _special()

    def ratio(quantile: float) -> float:
        return sqrt(max(0.0, (f / float(special.fdtri(*degrees, quantile)) - 1) / n))

    at_margin = (*degrees, f / (1 + n * margin**2))
    more, less = min(1.0, 2 * float(special.fdtrc(*at_margin))), min(1.0, 2 * float(special.fdtr(*at_margin)))
    tail = (1 - LEVEL) / 2
    return Estimate(sqrt(max(0.0, (f - 1) / n)), ratio(1 - tail), ratio(tail), n, None, more, less, None)


def seeds_needed(sd: float, distance: float, alpha: float) -> int | None:
    """Seeds with which a t-test sees a mean that is `distance` from the margin, in four of five cases; None: too many.

    Args:
        sd: standard deviation over seeds.
        distance: from the margin, on either side.
        alpha: level of the two-sided test.
    """
    if distance == 0:
        return None
    return next((n for n in _candidates() if _power(sd, abs(distance), n, alpha) >= POWER), None)


def detectable(sd: float, n: int, alpha: float) -> float | None:
    """The distance from the margin that `n` seeds would see in four of five cases; None from fewer than two."""
    if n < 2:
        return None
    low, high = 0.0, sd
    while _power(sd, high, n, alpha) < POWER and high < 1e6 * sd:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if _power(sd, middle, n, alpha) >= POWER else (middle, high)
    return high


def change(values: Sequence[float], share: float = 0.2) -> float | None:
    """Mean of the last part of a series minus the mean of its first part; None of fewer than five values."""
    if len(values) < 5:
        return None
    part = max(1, round(len(values) * share))
    return sum(values[-part:]) / part - sum(values[:part]) / part


def crossing(ours: Sequence[tuple[int, float]], baseline: Sequence[tuple[int, float]]) -> float | None:
    """The k at which a baseline's pass@k curve reaches ours, between the two nearest points in log k; None: nowhere.

    Both curves have the same k, in rising order.
    """
    before: tuple[int, float] | None = None
    for (k, a), (_, b) in zip(ours, baseline, strict=True):
        gap = a - b
        if before is not None and before[1] > 0 >= gap:
            part = before[1] / (before[1] - gap)
            return float(2 ** (log2(before[0]) + part * (log2(k) - log2(before[0]))))
        before = (k, gap)
    return None


def _tail(distance: float, error: float, n: int) -> float:
    """One-sided p-value of a mean that is `distance` beyond the margin."""
    if error == 0:
        return 0.0 if distance > 0 else 1.0
    return float(_special().stdtr(n - 1, -distance / error))


def _power(sd: float, distance: float, n: int, alpha: float) -> float:
    """Chance that a two-sided t-test of `n` seeds sees this distance on its own side."""
    if sd == 0:
        return 1.0 if distance > 0 else 0.0
    special = _special()
    critical, shift = float(special.stdtrit(n - 1, 1 - alpha / 2)), distance / sd * sqrt(n)
    power = 1 - float(special.nctdtr(n - 1, shift, critical))
    if isfinite(power):
        return power
    # Far out the noncentral t cannot be computed; its square root of chi-squared is all but normal there.
    return float(special.ndtr(shift - critical))


def _candidates() -> Sequence[int]:
    return [*range(2, 50), *range(50, 200, 5), *range(200, MOST_SEEDS + 1, 50)]


def _special() -> Any:
    """The distributions as bare functions: loading scipy.stats, which calls them, takes three times as long."""
    from scipy import special

    return special

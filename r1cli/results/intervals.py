"""How sure a mean over problems is: standard errors, also of problems that belong together, and 95 % intervals.

A benchmark is a sample of the problems like it, and the standard error says how much the mean would move with others of
them, for these very weights. Samples of one problem are no further problems: everything here is over one number a
problem. Problems that hang together (translations of one text, questions about one passage, test grids of one task) are
a cluster and count as one draw (Miller 2024, arXiv:2411.00640):

    SE = sqrt(C / (C - 1) * sum over clusters of (sum of x - mean in the cluster)^2) / n

which without clusters is s / sqrt(n). A share (accuracy, and whatever else lies between 0 and 1) gets Wilson's interval
for as many problems as its standard error is worth, with Student's t: it stays within 0 and 1, and 30 of 30 right is no
certainty. Bootstraps of 30 of 30 give [1, 1], and are too narrow for small n. A measure without bounds (tokens) gets a
t-interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf, sqrt

from r1cli.results.statistics import LEVEL, Interval

TINY = 1e-12
"""A variance below this is rounding."""


@dataclass(frozen=True)
class PairedDifference:
    """Ours minus theirs over the problems that both have, each problem compared with itself."""

    mean: float
    error: float
    """Standard error of the mean of the differences; of clusters where there are any."""
    low: float
    high: float
    """The 95 % interval (Student's t)."""
    p: float
    """Two-sided, of no difference."""
    n: int
    """Problems."""
    clusters: int
    ahead: int
    """Problems on which ours is better."""
    behind: int


def standard_error(values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> float:
    """Of the mean of one number a problem.

    Args:
        values: one for each problem.
        clusters: the cluster of each problem; None: each is its own.

    Raises:
        ValueError: fewer than two clusters, which cannot say how much clusters differ.
    """
    n = len(values)
    mean = sum(values) / n if n else 0.0
    sums: dict[Hashable, float] = {}
    for place, value in enumerate(values):
        cluster = place if clusters is None else clusters[place]
        sums[cluster] = sums.get(cluster, 0.0) + value - mean
    c = len(sums)
    if c < 2:
        raise ValueError(f"a standard error needs two clusters of problems, not {c}")
    return sqrt(c / (c - 1) * sum(s * s for s in sums.values())) / n


def interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, *, share: bool = True
) -> dict[str, float] | None:
    """`mean_interval` as a report has it; None of nothing, which is not zero."""
    return asdict(mean_interval(values, clusters, share=share)) if values else None


def mean_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, *, share: bool = True
) -> Interval:
    """Mean and 95 % interval over problems.

    Args:
        values: one for each problem.
        clusters: the cluster of each problem; None: each is its own.
        share: do the values lie between 0 and 1? If not, nothing bounds the interval, and a single problem, whose
            spread nobody can know, has none: its bounds are its value.

    Raises:
        ValueError: there are no values.
    """
    n = len(values)
    if not n:
        raise ValueError("there is no mean of nothing")
    mean = sum(values) / n
    draws = n if clusters is None else len(set(clusters))
    error = standard_error(values, clusters) if draws > 1 else 0.0
    if share:
        low, high = share_interval(mean, _worth(mean, error, draws), quantile(max(draws - 1, 1)))
    else:
        half = quantile(draws - 1) * error if draws > 1 else 0.0
        low, high = mean - half, mean + half
    return Interval(mean, low, high)


def share_interval(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's interval of a share of n independent draws; `z` standard errors to each side.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not -TINY <= share <= 1 + TINY:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    share = min(max(share, 0.0), 1.0)
    weight = z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / n + weight / (4 * n))
    # The bound on the side of an end is that end, up to rounding.
    return (0.0 if share == 0 else max(middle - half, 0.0)), (1.0 if share == 1 else min(middle + half, 1.0))


def _worth(mean: float, error: float, draws: int) -> float:
    """How many independent problems, each simply right or wrong, would have this standard error.

    Where there is no spread at all, each draw counts as one such problem: that every problem was right says no more.
    """
    spread = mean * (1 - mean)
    return spread / error**2 if error**2 > TINY and spread > TINY else float(draws)


def paired_difference(
    ours: Mapping[str, float], theirs: Mapping[str, float], clusters: Mapping[str, Hashable] | None = None
) -> PairedDifference | None:
    """Difference of two models by their scores on each problem that both have; None for fewer than two draws.

    Args:
        ours: problem -> score.
        theirs: the same of the other model.
        clusters: problem -> its cluster; None: each is its own.
    """
    from scipy.special import stdtr

    common = sorted(ours.keys() & theirs.keys())
    differences = [ours[problem] - theirs[problem] for problem in common]
    of = common if clusters is None else [clusters[problem] for problem in common]
    draws = len(set(of))
    if draws < 2:
        return None
    mean = sum(differences) / len(common)
    error = standard_error(differences, of)
    half = quantile(draws - 1) * error
    without_spread = 1.0 if abs(mean) <= TINY else 0.0
    p = float(2 * stdtr(draws - 1, -abs(mean) / error)) if error > TINY else without_spread
    ahead, behind = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return PairedDifference(mean, error, mean - half, mean + half, p, len(common), draws, ahead, behind)


def detectable(error: float) -> float:
    """The smallest true difference that a test at 5 % finds in four cases of five, given its standard error."""
    return (1.960 + 0.842) * error


def quantile(degrees: int) -> float:
    """How many standard errors the 95 % interval reaches to each side: Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + LEVEL) / 2)) if degrees > 0 else inf

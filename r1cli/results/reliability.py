"""How far a model's agreement with itself can be trusted: vote share against accuracy, and answering only when sure.

The vote share of a problem is the share of its samples that voted for the most frequent answer. A model is calibrated
if of the problems with a vote share of 0.8 it gets 0.8 right. Whoever answers only above some vote share answers fewer
problems (coverage) and is wrong on fewer of those (risk). Where answers are tied for the most votes, the share of right
ones among them counts, as in cons@k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from r1cli.results.intervals import mean_interval
from r1cli.results.sampled import SampledProblem, SampleSet
from r1cli.results.statistics import Interval

BINS = 10


@dataclass(frozen=True)
class VotedProblem:
    """What the majority of a problem's samples said."""

    share: float
    """Of all judged samples that voted for the winner; 0 where nobody voted."""
    right: float
    """Is the winner right? A share where several are tied."""


@dataclass(frozen=True)
class Bin:
    """Problems with about the same vote share."""

    low: float
    high: float
    count: int
    share: float
    """Their mean vote share."""
    accuracy: Interval


@dataclass(frozen=True)
class Coverage:
    """What is answered, and how well, if only votes of `share` and more are answers."""

    share: float
    answered: float
    """Share of all problems."""
    accuracy: float
    """Of those answered."""


@dataclass(frozen=True)
class Reliability:
    """Of one model on one benchmark."""

    model: str
    problems: int
    k: int
    bins: tuple[Bin, ...]
    error: float
    """Expected calibration error: mean distance of accuracy from vote share, bins weighted by their problems."""
    coverage: tuple[Coverage, ...]
    """From everything answered to only the surest."""


def reliability(sets: Sequence[SampleSet]) -> Reliability | None:
    """Of one model, all its seeds together; None where answers cannot vote, or each problem has one sample."""
    k = max((of_seed.k for of_seed in sets), default=0)
    if k < 2 or not all(of_seed.protocol.votes for of_seed in sets):
        return None
    voted = [voted_problem(p) for of_seed in sets for p in of_seed.problems if p.judged]
    if not voted:
        return None
    bins = _bins(voted)
    error = sum(b.count * abs(b.accuracy.mean - b.share) for b in bins) / len(voted)
    return Reliability(sets[0].model, len(voted), k, tuple(bins), error, tuple(_coverage(voted)))


def voted_problem(problem: SampledProblem) -> VotedProblem:
    """The vote of all judged samples of a problem."""
    sizes = Counter(vote for vote in problem.votes if vote is not None)
    if not sizes:
        return VotedProblem(0.0, 0.0)
    most = max(sizes.values())
    winners = {vote for vote, size in sizes.items() if size == most}
    # Right samples share one answer, but a judge may have taken its like for wrong: the share counts.
    among = [ok for vote, ok in zip(problem.votes, problem.right, strict=True) if vote in winners]
    return VotedProblem(most / len(problem.judged), sum(among) / len(among))


def _bins(voted: Iterable[VotedProblem]) -> list[Bin]:
    """Ten of equal width; a share on a border belongs to the upper one, and 1.0 to the last."""
    members: dict[int, list[VotedProblem]] = {}
    for problem in voted:
        members.setdefault(min(int(problem.share * BINS + 1e-9), BINS - 1), []).append(problem)
    bins = []
    for place, inside in sorted(members.items()):
        accuracy = mean_interval([problem.right for problem in inside])
        share = sum(problem.share for problem in inside) / len(inside)
        bins.append(Bin(place / BINS, (place + 1) / BINS, len(inside), share, accuracy))
    return bins


def _coverage(voted: Sequence[VotedProblem]) -> list[Coverage]:
    """For every vote share that occurs, the least first."""
    found = []
    for share in sorted({problem.share for problem in voted}):
        answered = [problem.right for problem in voted if problem.share >= share]
        found.append(Coverage(share, len(answered) / len(voted), sum(answered) / len(answered)))
    return found

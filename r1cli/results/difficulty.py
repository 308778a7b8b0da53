"""How long responses are, and how samples end, against how hard a problem is.

How hard a problem is, is never told from the samples that are looked at: a problem that happened to be answered wrongly
would then look hard. It is the benchmark's own level, or the share of right samples of all other models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from r1cli.results.sampled import JudgedSample, SampleSet
from r1cli.results.scorecard import ENDS

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the bins of other models' pass@1, easiest last."""


ORDERED = frozenset({"level", "grade", "difficulty"})
"""What a benchmark may be broken down by that says how hard a problem is."""


@dataclass(frozen=True)
class Lengths:
    """Samples of one model to problems of one difficulty."""

    difficulty: str
    """`0.2 to 0.4` of the other models' pass@1, or the benchmark's level."""
    place: int
    """Among all that there could be, easy ones first."""
    right: float | None
    """Mean tokens of right samples; None: there are none."""
    wrong: float | None
    truncated: float
    """Share of samples that were cut off."""
    samples: int
    problems: int


def lengths(models: Mapping[str, Sequence[SampleSet]], of: str) -> list[Lengths]:
    """Of the model `of` by the others' pass@1, easy problems first; empty if no other answered the same problems."""
    others = _pass_rates(sets for name, sets in models.items() if name != of)
    bins = {problem: _bin(rate) for problem, rate in others.items()}
    names = [f"{low:.1f} to {high:.1f}" for low, high in pairwise(EDGES)]
    return _lengths(models[of], {problem: names[place] for problem, place in bins.items()}, names[::-1])


def lengths_by_level(sets: Sequence[SampleSet]) -> list[Lengths]:
    """By the levels of the benchmark, in their order; empty if it has none."""
    levels = {problem: level for of_seed in sets for problem, level in of_seed.levels.items() if level}
    return _lengths(sets, levels, sorted(set(levels.values()), key=_natural))


def ends(sets: Sequence[SampleSet]) -> dict[str, float]:
    """How the samples of one model ended: shares of all, every seed counted alike."""
    found = Counter(sample.end for of_seed in sets for problem in of_seed.problems for sample in problem.samples)
    return {end: found[end] / found.total() for end in ENDS} if found else {}


def _pass_rates(models: Iterable[Sequence[SampleSet]]) -> dict[str, float]:
    """Problem -> mean pass@1 over models, each model counted once."""
    rates: dict[str, list[float]] = {}
    for sets in models:
        own: dict[str, list[float]] = {}
        for problem in (problem for of_seed in sets for problem in of_seed.problems):
            if problem.pass_at_1 is not None:
                own.setdefault(problem.id, []).append(problem.pass_at_1)
        for name, values in own.items():
            rates.setdefault(name, []).append(sum(values) / len(values))
    return {name: sum(values) / len(values) for name, values in rates.items()}


def _bin(rate: float) -> int:
    return next(place for place in range(len(EDGES) - 1) if rate < EDGES[place + 1] or place == len(EDGES) - 2)


def _lengths(sets: Sequence[SampleSet], difficulty: Mapping[str, str], order: Sequence[str]) -> list[Lengths]:
    """One for each difficulty that a problem has."""
    members: dict[str, list[tuple[str, JudgedSample]]] = {}
    for problem in (problem for of_seed in sets for problem in of_seed.problems):
        if problem.id in difficulty:
            inside = members.setdefault(difficulty[problem.id], [])
            inside.extend((problem.id, sample) for sample in problem.samples)
    return [_of_difficulty(name, place, members[name]) for place, name in enumerate(order) if name in members]


def _of_difficulty(difficulty: str, place: int, inside: Sequence[tuple[str, JudgedSample]]) -> Lengths:
    samples = [sample for _, sample in inside]

    def mean_tokens(*, right: bool) -> float | None:
        counted = [s.tokens for s in samples if s.right is right and s.tokens is not None]
        return sum(counted) / len(counted) if counted else None

    return Lengths(
        difficulty,
        place,
        right=mean_tokens(right=True),
        wrong=mean_tokens(right=False),
        truncated=sum(sample.end == "truncated" for sample in samples) / len(samples),
        samples=len(samples),
        problems=len({problem for problem, _ in inside}),
    )


def _natural(level: str) -> tuple[int, str]:
    """`Level 10` behind `Level 2`; easy, medium and hard in this order, and what has no number by its letters."""
    words = {"easy": 1, "medium": 2, "hard": 3}
    digits = "".join(filter(str.isdigit, level))
    return (int(digits) if digits else words.get(level.lower(), 0)), level

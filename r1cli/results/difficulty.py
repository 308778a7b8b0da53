"""How long responses are, and how samples end, against how hard a problem is.

How hard a problem is, is never told from the samples that are looked at: a problem that happened to be answered wrongly
would then look hard. It is the share of right samples of all other models on the same problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from r1cli.results.sampled import JudgedSample, SampleSet
from r1cli.results.scorecard import ENDS

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the bins of other models' pass@1, easiest last."""


@dataclass(frozen=True)
class Lengths:
    """Samples of one model to problems of one difficulty."""

    model: str
    low: float
    """Of the other models' pass@1."""
    high: float
    right: float | None
    """Mean tokens of right samples; None: there are none."""
    wrong: float | None
    truncated: float
    """Share of samples that were cut off."""
    samples: int
    problems: int


def lengths(models: Mapping[str, Sequence[SampleSet]], of: str) -> list[Lengths]:
    """Of the model `of`, one for each bin that holds a problem; empty if no other model answered the same problems."""
    others = _pass_rates(sets for name, sets in models.items() if name != of)
    members: dict[int, list[tuple[str, JudgedSample]]] = {}
    for of_seed in models[of]:
        for problem in of_seed.problems:
            if problem.id in others:
                place = _bin(others[problem.id])
                members.setdefault(place, []).extend((problem.id, sample) for sample in problem.samples)
    return [_lengths(of, place, inside) for place, inside in sorted(members.items())]


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


def _lengths(model: str, place: int, inside: Sequence[tuple[str, JudgedSample]]) -> Lengths:
    samples = [sample for _, sample in inside]

    def mean_tokens(*, right: bool) -> float | None:
        counted = [s.tokens for s in samples if s.right is right and s.tokens is not None]
        return sum(counted) / len(counted) if counted else None

    return Lengths(
        model=model,
        low=EDGES[place],
        high=EDGES[place + 1],
        right=mean_tokens(right=True),
        wrong=mean_tokens(right=False),
        truncated=sum(sample.end == "truncated" for sample in samples) / len(samples),
        samples=len(samples),
        problems=len({problem for problem, _ in inside}),
    )

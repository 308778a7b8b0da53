"""Rules that make one answer of k samples, and the two bounds that frame them.

A method sees answers and scores; a bound knows the reference, or asks for more than one answer, and is never called a
method. Choosing by lot is a control: it is worth pass@1, whatever k.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from r1cli.errors import ConfigError
from r1cli.results.metrics import all_right_at_k, best_of_k, cons_at_k, pass_at_k, sigmoid, weighted_vote_at_k
from r1cli.results.sampled import SampledProblem
from r1cli.text import did_you_mean


@dataclass(frozen=True)
class SelectionRule:
    """One way to make an answer of k samples."""

    name: str
    title: str
    meaning: str
    of: Callable[[SampledProblem, int, str], float]
    """(problem, k, name of the score) -> how good its answer is, 0 to 1."""
    scored: bool = False
    """Does it need a score for each sample?"""
    votes: bool = False
    """Does it need answers that can agree?"""
    bound: bool = False
    """Does it know the reference, or ask for more than one answer?"""


def _majority(problem: SampledProblem, k: int, _scorer: str) -> float:
    return cons_at_k(problem.votes, problem.right, k)


def _best(problem: SampledProblem, k: int, scorer: str) -> float:
    return best_of_k([s.scores[scorer] for s in problem.judged], problem.right, k)


def _weighted(problem: SampledProblem, k: int, scorer: str) -> float:
    weights = [sigmoid(s.scores[scorer]) for s in problem.judged]
    return weighted_vote_at_k(problem.votes, problem.right, weights, k)


def _random(problem: SampledProblem, k: int, _scorer: str) -> float:
    rng = Random(zlib.crc32(problem.id.encode("utf-8", "replace")))
    return best_of_k([rng.random() for _ in problem.judged], problem.right, k)


def _any(problem: SampledProblem, k: int, _scorer: str) -> float:
    return pass_at_k(len(problem.right), sum(problem.right), k)


def _all(problem: SampledProblem, k: int, _scorer: str) -> float:
    return all_right_at_k(len(problem.right), sum(problem.right), k)


METHODS: Mapping[str, SelectionRule] = {
    rule.name: rule
    for rule in (
        SelectionRule("majority", "cons@k", "the most frequent answer, ties by share", _majority, votes=True),
        SelectionRule("best_of_n", "best-of-k", "the sample with the highest score", _best, scored=True),
        SelectionRule(
            "weighted", "weighted", "votes weighted by the score's sigmoid", _weighted, scored=True, votes=True
        ),
        SelectionRule("random", "random", "a sample by lot: a control, worth pass@1", _random),
    )
}
BOUNDS: Mapping[str, SelectionRule] = {
    rule.name: rule
    for rule in (
        SelectionRule("any", "pass@k", "is any of the k right: a bound, it knows the reference", _any, bound=True),
        SelectionRule("all", "pass^k", "are all k right: how far one can rely on it", _all, bound=True),
    )
}


def rule_named(name: str) -> SelectionRule:
    """A method by its name.

    Raises:
        ConfigError: there is no such method, or it is a bound.
    """
    if name in METHODS:
        return METHODS[name]
    if name in {*BOUNDS, "oracle", "pass@k"}:
        raise ConfigError(f"'{name}' knows the reference answers, so it is no rule", hint="pass@k is always shown")
    hint = did_you_mean(name, METHODS) or f"there is {', '.join(METHODS)}"
    raise ConfigError(f"no rule '{name}'", hint=hint)

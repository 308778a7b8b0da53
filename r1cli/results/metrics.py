"""What the samples of one problem say: pass@1, pass@k, pass^k, cons@k, best-of-k, weighted votes. Paper V2 D.1.

Of each problem n completions are sampled and judged, c of them right. All measures look at the same samples, those that
could be judged: one whose judge crashed says nothing about the model and is left out of every one of them.

| measure | of one problem | source |
|---|---|---|
| pass@1, avg@n | c / n | V2 D.1 |
| pass@k | chance that k of the n, drawn without replacement, hold a right one | arXiv:2107.03374 |
| pass^k | chance that all k are right | arXiv:2406.12045 |
| cons@k | chance that the most frequent answer of k of the n is right; ties count by share | arXiv:2203.11171 |
| best-of-k | chance that the one with the highest score among k of the n is right | arXiv:2110.14168 |
| weighted vote | as cons@k, but a sample's vote counts by its weight | arXiv:2502.06233 |

None of them looks at the first k samples: each is the mean over all draws of k. For k = n there is one draw, so cons@n
is the plain majority vote and pass@n says whether any sample is right. For k = 1 all but the votes are pass@1, and so
are the votes where every sample has an answer. Whoever has no answer, or was cut off, does not vote.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from math import comb, exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray

MOST_SAMPLES = 1000
"""Of one problem, for cons@k: beyond, numbers of draws pass the largest float."""
ENUMERATED = 2000
"""Draws up to which a weighted vote looks at every one; beyond, at DRAWS of them."""
DRAWS = 500
SEED = 0
"""Of these draws: the same samples give the same number."""
TIE = 1e-9
"""Weights that differ by a smaller share are tied: sums depend on the order in which they were added."""


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that apply; None if none does."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@lru_cache(maxsize=100_000)
def pass_at_k(n: int, right: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k), for c = `right` of n samples.

    Raises:
        ValueError: k is not between 1 and n; from fewer samples pass@k cannot be estimated without bias.
    """
    _check_k(k, n)
    return 1.0 - comb(n - right, k) / comb(n, k)


@lru_cache(maxsize=100_000)
def all_right_at_k(n: int, right: int, k: int) -> float:
    """pass^k: C(c, k) / C(n, k), for c = `right` of n samples; how far one can rely on the model.

    Raises:
        ValueError: k is not between 1 and n.
    """
    _check_k(k, n)
    return comb(right, k) / comb(n, k)


def best_of_k(scores: Sequence[float], right: Sequence[bool], k: int) -> float:
    """Chance that the sample with the highest score among k of the n is right.

    The sample of rank r (0 is the best) is the best of C(n - 1 - r, k - 1) draws. Equal scores are drawn among by lot,
    so a scorer that gives all the same is worth pass@1.

    Raises:
        ValueError: k is not between 1 and n.
    """
    n = len(scores)
    _check_k(k, n)
    chances = _chances_of_rank(n, k)
    order = sorted(range(n), key=lambda i: -scores[i])
    total, rank = 0.0, 0
    for _, tied in itertools.groupby(order, key=lambda i: scores[i]):
        group = list(tied)
        share = sum(right[i] for i in group) / len(group)
        total += share * sum(chances[rank : rank + len(group)])
        rank += len(group)
    return total


@lru_cache(maxsize=10_000)
def _chances_of_rank(n: int, k: int) -> tuple[float, ...]:
    """For each rank: the chance that the sample of this rank is the best of k."""
    return tuple(comb(n - 1 - rank, k - 1) / comb(n, k) for rank in range(n))


def answer_classes(answers: Sequence[str | None], same: Callable[[str, str], bool]) -> list[int | None]:
    """A number for each answer, equal where `same` says that two mean the same; None where there is no answer.

    Each answer is compared with the first of every class, so `same` is asked once for each class and distinct answer.
    """
    firsts: list[str] = []
    number_of: dict[str, int] = {}
    classes: list[int | None] = []
    for answer in answers:
        if answer is None:
            classes.append(None)
            continue
        if answer not in number_of:
            matching = (number for number, first in enumerate(firsts) if same(answer, first))
            number = next(matching, len(firsts))
            if number == len(firsts):
                firsts.append(answer)
            number_of[answer] = number
        classes.append(number_of[answer])
    return classes


def cons_at_k(votes: Sequence[int | None], right: Sequence[bool], k: int) -> float:
    """Chance that the majority vote of k of the n samples, drawn without replacement, is right.

    Where several answers are tied for the most votes, the share of right ones among them counts. A draw without a
    single vote is wrong. The chance is exact: draws are counted, not simulated.

    Args:
        votes: number of each sample's answer (`answer_classes`); None for a sample without one, which does not vote.
        right: is the sample right?
        k: samples of one vote, 1 to n.

    Raises:
        ValueError: k is not between 1 and n, or n is above MOST_SAMPLES.
    """
    n = len(votes)
    _check_k(k, n)
    if n > MOST_SAMPLES:
        raise ValueError(f"votes of more than {MOST_SAMPLES} samples are not counted, these are {n}")
    sizes, shares = _classes(votes, right)
    # Problems whose votes fell in the same way are worked out once.
    pattern = tuple(sorted(zip(sizes, shares, strict=True), reverse=True))
    return _majorities(pattern, n - sum(sizes))[k]


def _classes(votes: Sequence[int | None], right: Sequence[bool]) -> tuple[list[int], list[float]]:
    """Votes for each answer, and the share of right samples among them."""
    voters = [(vote, ok) for vote, ok in zip(votes, right, strict=True) if vote is not None]
    sizes = Counter(vote for vote, _ in voters)
    rights = Counter(vote for vote, ok in voters if ok)
    return list(sizes.values()), [rights[vote] / size for vote, size in sizes.items()]


@lru_cache(maxsize=20_000)
def _majorities(pattern: tuple[tuple[int, float], ...], silent: int) -> tuple[float, ...]:
    """cons@k for every k from 0 to n, of answers with (votes, share of right ones) and `silent` samples without a vote.

    Draws are counted as coefficients of polynomials in z. An answer that s samples gave is drawn j times in C(s, j)
    ways, so draws of k in which a right answer wins with m votes are the coefficient of z^(k - m) in the product of the
    others' terms up to z^m, times the winner's C(s, m).
    """
    import numpy as np

    n = silent + sum(size for size, _ in pattern)
    won = np.zeros(n + 1)
    for (size, share), alike in Counter(pattern).items():
        rivals = Counter(other for other, _ in pattern)
        rivals[size] -= 1
        for m in range(1, size + 1 if share else 0):
            losing = _without_more_votes(+rivals, silent, m)[: n + 1 - m]
            won[m : m + len(losing)] += alike * share * comb(size, m) * losing
    return tuple(float(ways / comb(n, k)) for k, ways in enumerate(won))


def _without_more_votes(rivals: Counter[int], silent: int, m: int) -> Array:
    """By their number, draws from the rivals in which none has more than m votes; t that have m make it 1 / (t + 1).

    A factor x at each rival's m-th term counts ties: the integral of x^t from 0 to 1 is 1 / (t + 1), and Gauss-Legendre
    nodes make it exact. Rivals with fewer than m samples are as free as those without a vote.
    """
    import numpy as np

    strong = {size: number for size, number in rivals.items() if size >= m}
    free = silent + sum(size * number for size, number in rivals.items() if size < m)
    total: Array = np.zeros(1)
    for x, weight in _nodes(sum(strong.values()) // 2 + 1):
        ways = _binomials(free, free)
        for size, number in strong.items():
            terms = _binomials(size, m).copy()
            terms[m] *= x
            ways = np.convolve(ways, _power(terms, number))
        total = total + weight * ways
    return total


@cache
def _nodes(number: int) -> list[tuple[float, float]]:
    """Places and weights that integrate polynomials below degree 2 x `number` from 0 to 1."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(number)
    return list(zip((nodes + 1) / 2, weights / 2, strict=True))


@lru_cache(maxsize=5_000)
def _binomials(n: int, highest: int) -> Array:
    """C(n, 0) to C(n, highest)."""
    import numpy as np

    return np.array([float(comb(n, j)) for j in range(highest + 1)])


def _power(terms: Array, exponent: int) -> Array:
    """A polynomial's power, by repeated squaring."""
    import numpy as np

    power = np.ones(1)
    while exponent:
        if exponent % 2:
            power = np.convolve(power, terms)
        exponent //= 2
        if exponent:
            terms = np.convolve(terms, terms)
    return power


def weighted_vote_at_k(votes: Sequence[int | None], right: Sequence[bool], weights: Sequence[float], k: int) -> float:
    """Chance that the answer with the greatest sum of weights among k of the n samples is right; ties count by share.

    All draws are looked at where they are at most ENUMERATED, else DRAWS of them, the same for every problem.

    Args:
        votes: as for `cons_at_k`.
        right: is the sample right?
        weights: positive, as `sigmoid` makes them. A sum of negative ones grows smaller with every vote.
        k: samples of one vote, 1 to n.

    Raises:
        ValueError: k is not between 1 and n.
    """
    import numpy as np

    n = len(votes)
    _check_k(k, n)
    numbers = {vote: number for number, vote in enumerate({vote for vote in votes if vote is not None})}
    if not numbers:
        return 0.0
    cast = np.array([-1 if vote is None else numbers[vote] for vote in votes])
    member = (cast[:, None] == np.arange(len(numbers))).astype(float)  # (n, classes)
    shares = np.asarray(right, dtype=float) @ member / member.sum(axis=0)
    drawn = _draws(n, k)  # (draws, n)
    heavy = np.asarray(weights, dtype=float)[:, None]
    sums = drawn @ (member * heavy)
    # Who was not drawn cannot win; of positive weights only an empty sum is zero.
    sums[sums == 0 if heavy.min() > 0 else drawn @ member == 0] = -np.inf
    best = sums.max(axis=1, keepdims=True)
    tied = (sums >= best - TIE * np.maximum(1.0, np.abs(best))) & np.isfinite(sums)
    return float(np.mean(tied @ shares / np.maximum(tied.sum(axis=1), 1)))


@lru_cache(maxsize=64)
def _draws(n: int, k: int) -> Array:
    """Draws of k of n as rows of zeros and ones: all that there are, or DRAWS of them."""
    import numpy as np

    if comb(n, k) <= ENUMERATED:
        chosen = np.array(list(itertools.combinations(range(n), k)))
    else:
        rng = np.random.default_rng(SEED)
        # The first k of each permutation: a draw of more samples holds the draws of fewer.
        chosen = rng.permuted(np.tile(np.arange(n), (DRAWS, 1)), axis=1)[:, :k]
    drawn = np.zeros((len(chosen), n))
    np.put_along_axis(drawn, chosen, 1.0, axis=1)
    return drawn


def sigmoid(score: float) -> float:
    """A score of any sign as a positive weight."""
    return 1 / (1 + exp(-score)) if score >= 0 else exp(score) / (1 + exp(score))


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and the {n} samples, not {k}")

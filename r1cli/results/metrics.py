"""What the samples of an evaluation add up to: pass@1, pass@k, cons@k, and intervals over problems. Paper V2 D.1.

Of each problem n completions are sampled and judged, c of them right. All measures look at the same samples, those that
could be judged: one whose judge crashed says nothing about the model and is left out of every one of them.

| measure | of one problem | source |
|---|---|---|
| pass@1 | c / n | V2 D.1 |
| pass@k | chance that k of the n, drawn without replacement, hold a right one | arXiv:2107.03374 |
| cons@k | chance that the most frequent answer of k of the n is right; ties count by share | arXiv:2203.11171 |

For k = n there is one draw, so cons@n is the plain majority vote and pass@n says whether any sample is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import comb

RESAMPLES = 2000
SEED = 0
"""Of the bootstrap: the same results give the same interval."""


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that apply; None if none does."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def pass_at_k(n: int, right: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k), for c = `right` of n samples.

    Raises:
        ValueError: k is not between 1 and n; from fewer samples pass@k cannot be estimated without bias.
    """
    _check_k(k, n)
    return 1.0 - comb(n - right, k) / comb(n, k)


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
        ValueError: k is not between 1 and n.
    """
    n = len(votes)
    _check_k(k, n)
    voters = [(vote, ok) for vote, ok in zip(votes, right, strict=True) if vote is not None]
    sizes = Counter(vote for vote, _ in voters)
    right_votes = Counter(vote for vote, ok in voters if ok)
    rights = {vote: right_votes[vote] / size for vote, size in sizes.items()}
    silent = n - len(voters)
    total = 0.0
    for most in range(1, max(sizes.values(), default=0) + 1):
        ways, right_ways = _draws(list(sizes.values()), list(rights.values()), silent, k=k, most=most)
        for tied in range(1, len(ways)):
            total += right_ways[tied] / tied
    return total / comb(n, k)


def _draws(
    sizes: Sequence[int], rights: Sequence[float], silent: int, *, k: int, most: int
) -> tuple[list[int], list[float]]:
    """Draws of k samples in which the most frequent answer has `most` votes, by how many answers are tied at that.

    Classes are added one after another to a table of draws so far, `ways[drawn][tied]`, as when coefficients of
    polynomials are multiplied: of a class of size s, j samples can be drawn in C(s, j) ways.

    Returns:
        (number of draws, sum over these draws of how many of the tied answers are right), each by the number of ties.
    """
    ties = len(sizes) + 1
    ways = [[0] * ties for _ in range(k + 1)]
    right_ways = [[0.0] * ties for _ in range(k + 1)]
    for j in range(min(silent, k) + 1):
        ways[j][0] = comb(silent, j)
    for size, right in zip(sizes, rights, strict=True):
        new_ways = [[0] * ties for _ in range(k + 1)]
        new_right = [[0.0] * ties for _ in range(k + 1)]
        for drawn in range(k + 1):
            for tied in range(ties):
                if not ways[drawn][tied]:
                    continue
                for j in range(min(size, most, k - drawn) + 1):
                    at_most = j == most
                    factor = comb(size, j)
                    new_ways[drawn + j][tied + at_most] += ways[drawn][tied] * factor
                    gained = ways[drawn][tied] * right if at_most else 0.0
                    new_right[drawn + j][tied + at_most] += (right_ways[drawn][tied] + gained) * factor
        ways, right_ways = new_ways, new_right
    return ways[k], right_ways[k]


def interval(values: Sequence[float]) -> dict[str, float] | None:
    """Mean and 95 % percentile-bootstrap interval over problems; None of nothing, which is not zero."""
    import numpy as np

    if not values:
        return None
    v = np.asarray(values, dtype=float)  # (problems,)
    draws = np.random.default_rng(SEED).integers(0, len(v), (RESAMPLES, len(v)))
    low, high = np.percentile(v[draws].mean(axis=1), [2.5, 97.5])
    return {"mean": float(v.mean()), "low": float(low), "high": float(high)}


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and the {n} samples, not {k}")

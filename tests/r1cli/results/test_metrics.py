"""Metrics of sampled answers: by hand, by enumeration, and on recorded answers to MATH."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter, defaultdict
from math import exp
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.results import metrics
from r1cli.results.metrics import (
    all_right_at_k,
    answer_classes,
    best_of_k,
    cons_at_k,
    mean,
    pass_at_k,
    sigmoid,
    weighted_vote_at_k,
)


def test_a_mean_of_nothing_is_nothing_and_not_zero() -> None:
    assert mean([]) is mean([None]) is None
    assert mean([None, 1.0, 0.0]) == 0.5


@pytest.mark.parametrize(
    ("n", "right", "k", "chance"), [(4, 0, 4, 0.0), (4, 1, 4, 1.0), (4, 1, 1, 0.25), (4, 2, 2, 5 / 6), (5, 5, 3, 1.0)]
)
def test_pass_at_k_is_the_chance_of_a_right_one_among_k(n: int, right: int, k: int, chance: float) -> None:
    assert pass_at_k(n, right, k) == pytest.approx(chance)


def test_more_samples_than_there_are_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="between 1 and the 4 samples, not 5"):
        pass_at_k(4, 1, 5)
    with pytest.raises(ValueError, match="between 1 and the 1 samples, not 0"):
        cons_at_k([0], [True], 0)


def test_three_wordings_of_one_answer_are_one_vote_each_for_it() -> None:
    answers = ["72", "72.0", "80", "seventy-two", "80"]

    def same(a: str, b: str) -> bool:
        seventy_two = {"72", "72.0", "seventy-two"}
        return a == b or {a, b} <= seventy_two

    votes = answer_classes(answers, same)
    assert votes == [0, 0, 1, 0, 1]
    assert cons_at_k(votes, [True, True, False, True, False], 5) == 1.0


def test_answers_are_compared_by_the_first_of_each_class_and_only_once() -> None:
    asked = []

    def same(a: str, b: str) -> bool:
        asked.append((a, b))
        return a.lower() == b.lower()

    assert answer_classes(["a", None, "b", "A", "A", "a"], same) == [0, None, 1, 0, 0, 0]
    assert asked == [("b", "a"), ("A", "a")]


@pytest.mark.parametrize(
    ("votes", "right", "chance"),
    [
        ([0, 1], [True, False], 0.5),  # a tie of a right and a wrong answer
        ([1, 0], [False, True], 0.5),  # in any order
        ([0, 1, 2], [True, False, False], 1 / 3),
        ([0, 1, 1], [True, False, False], 0.0),
        ([0, None, None], [True, False, False], 1.0),  # who has no answer does not vote
        ([None, None], [False, False], 0.0),  # nobody votes: nothing was right
    ],
)
def test_the_most_frequent_answer_decides_and_ties_are_shared(
    votes: list[int | None], right: list[bool], chance: float
) -> None:
    assert cons_at_k(votes, right, len(votes)) == pytest.approx(chance)


def by_enumeration(votes: list[int | None], right: list[bool], k: int) -> float:
    """The definition, one draw after another."""
    shares = []
    for draw in itertools.combinations(range(len(votes)), k):
        counts = Counter(votes[i] for i in draw if votes[i] is not None)
        winners = [vote for vote, count in counts.items() if count == max(counts.values())]
        right_votes = {votes[i] for i in range(len(votes)) if right[i]}
        shares.append(sum(w in right_votes for w in winners) / len(winners) if winners else 0.0)
    return sum(shares) / len(shares)


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=7), st.data())
def test_cons_at_k_counts_all_draws(votes: list[int | None], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(votes)))
    right = [vote == 0 for vote in votes]  # class 0 is the right answer
    assert cons_at_k(votes, right, k) == pytest.approx(by_enumeration(votes, right, k))


def test_the_vote_of_two_is_worth_as_much_as_one_sample() -> None:
    votes, right = [0, 0, 0, 1, 1, 2], [True] * 3 + [False] * 3
    assert cons_at_k(votes, right, 2) == pytest.approx(pass_at_k(6, 3, 1)) == 0.5


def test_sixty_four_samples_are_counted_in_an_instant() -> None:
    votes = [i % 13 for i in range(64)]
    assert 0.0 < cons_at_k(votes, [vote == 0 for vote in votes], 32) < 0.2


@pytest.mark.parametrize(
    ("n", "right", "k", "chance"), [(4, 4, 4, 1.0), (4, 3, 4, 0.0), (4, 3, 2, 0.5), (4, 1, 1, 0.25)]
)
def test_pass_hat_k_is_the_chance_that_all_k_are_right(n: int, right: int, k: int, chance: float) -> None:
    assert all_right_at_k(n, right, k) == pytest.approx(chance)
    with pytest.raises(ValueError, match="between 1 and the 4 samples, not 5"):
        all_right_at_k(4, 1, 5)


def best_by_enumeration(scores: list[int], right: list[bool], k: int) -> float:
    """The definition, one draw after another; among the best by lot."""
    found = []
    for draw in itertools.combinations(range(len(scores)), k):
        best = [right[i] for i in draw if scores[i] == max(scores[j] for j in draw)]
        found.append(sum(best) / len(best))
    return sum(found) / len(found)


@given(st.lists(st.tuples(st.integers(-2, 2), st.booleans()), min_size=1, max_size=8), st.data())
def test_best_of_k_in_closed_form_is_what_all_draws_give(samples: list[tuple[int, bool]], data: st.DataObject) -> None:
    scores, right = [score for score, _ in samples], [ok for _, ok in samples]
    k = data.draw(st.integers(1, len(samples)))
    assert best_of_k(scores, right, k) == pytest.approx(best_by_enumeration(scores, right, k))


def test_a_scorer_that_knows_nothing_is_worth_one_sample() -> None:
    right = [True, False, False, True, False, False]
    for k in range(1, 7):
        assert best_of_k([0.5] * 6, right, k) == pytest.approx(1 / 3)
        # Over all orders that a scorer by lot could give.
        orders = list(itertools.permutations(range(6)))
        assert sum(best_of_k(order, right, k) for order in orders) / len(orders) == pytest.approx(1 / 3)


def test_a_scorer_that_knows_the_answer_reaches_pass_at_k() -> None:
    right = [True, False, False, True, False, False]
    for k in range(1, 7):
        assert best_of_k([float(ok) for ok in right], right, k) == pytest.approx(pass_at_k(6, 2, k))


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=7), st.data())
def test_a_vote_whose_weights_are_equal_is_the_majority(votes: list[int | None], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(votes)))
    right = [vote == 0 for vote in votes]
    assert weighted_vote_at_k(votes, right, [0.1] * len(votes), k) == pytest.approx(cons_at_k(votes, right, k))


def test_a_heavy_vote_outweighs_two_light_ones() -> None:
    votes, right = [0, 1, 1], [True, False, False]
    assert weighted_vote_at_k(votes, right, [0.9, 0.4, 0.4], 3) == 1.0
    assert weighted_vote_at_k(votes, right, [0.7, 0.4, 0.4], 3) == 0.0
    assert weighted_vote_at_k(votes, right, [0.8, 0.4, 0.4], 3) == 0.5  # a tie, though 0.4 + 0.4 is no exact sum
    assert weighted_vote_at_k([None, None], [False, False], [0.5, 0.5], 2) == 0.0


def test_of_many_draws_a_weighted_vote_looks_at_some_and_finds_the_same_each_time() -> None:
    votes = [i % 5 for i in range(40)]
    right, weights = [vote == 0 for vote in votes], [1.0] * 40
    found = weighted_vote_at_k(votes, right, weights, 8)
    assert found == weighted_vote_at_k(votes, right, weights, 8)
    # Within three standard errors of the exact number.
    assert found == pytest.approx(cons_at_k(votes, right, 8), abs=3 * 0.5 / metrics.DRAWS**0.5)


def test_sigmoid_makes_positive_weights_of_scores_of_any_sign() -> None:
    assert sigmoid(0.0) == 0.5
    assert 0 < sigmoid(-700.0) < sigmoid(-1.0) < 0.5 < sigmoid(1.0) < sigmoid(700.0) <= 1.0
    assert sigmoid(-2.0) == pytest.approx(1 - sigmoid(2.0))


def test_more_samples_than_can_be_counted_are_refused_and_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="more than 1000"):
        cons_at_k([0] * 1001, [True] * 1001, 5)
    assert cons_at_k([0] * 500 + [1] * 500, [True] * 500 + [False] * 500, 500) == pytest.approx(0.5)


TABLE = {  # k -> pass@k, majority, best by the reward model; votes weighted by sigmoid, exp, and the score itself
    1: (0.9288, 0.9288, 0.9288, 0.9288, 0.9288, 0.9288),
    2: (0.9504, 0.9288, 0.9435, 0.9435, 0.9435, 0.9435),
    4: (0.9677, 0.9391, 0.9470, 0.9524, 0.9476, 0.9466),
    8: (0.9722, 0.9514, 0.9444, 0.9583, 0.9444, 0.9444),
}


@pytest.mark.parametrize(("k", "expected"), TABLE.items())
def test_recorded_answers_to_math_give_the_numbers_that_were_worked_out_apart(
    k: int, expected: tuple[float, ...], shared_data: Path
) -> None:
    file = shared_data / "model_outputs" / "math_qwen_cot.jsonl.gz"
    problems = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for sample in map(json.loads, lines):
            problems[sample["question"]].append(sample)
    found = []
    for samples in problems.values():
        right, scores = [s["label"] for s in samples], [s["rm_score"] for s in samples]
        votes = answer_classes([s["extracted"] for s in samples], lambda a, b: {a, b} == EQUAL or a == b)
        weights = [[sigmoid(s) for s in scores], [exp(s) for s in scores], scores]
        voted = [weighted_vote_at_k(votes, right, w, k) for w in weights]
        passed = pass_at_k(len(samples), sum(right), k)
        found.append((passed, cons_at_k(votes, right, k), best_of_k(scores, right, k), *voted))
    assert len(found) == 72
    means = [sum(column) / 72 for column in zip(*found, strict=True)]
    assert means == pytest.approx(expected, abs=5e-5)


EQUAL = {"9999.857142857143", r"9999\frac{6}{7}"}
"""The one pair of distinct answers to the same problem that mean the same."""

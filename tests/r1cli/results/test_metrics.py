"""Metrics of sampled answers: by hand, by enumeration, and on recorded answers to MATH."""

from __future__ import annotations

import gzip
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.results.metrics import answer_classes, cons_at_k, interval, mean, pass_at_k


def test_intervals_hold_the_mean_and_shrink_with_more_problems() -> None:
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 1000)
    assert few is not None
    assert many is not None
    assert few["mean"] == many["mean"] == 0.5
    assert 0.2 < few["high"] - few["low"] < 0.6
    assert many["high"] - many["low"] < 0.06


def test_an_interval_of_nothing_is_nothing_and_not_zero() -> None:
    assert interval([]) is None
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
    ("k", "any_right", "majority"), [(1, 0.9288, 0.9288), (2, 0.9504, 0.9288), (4, 0.9677, 0.9391), (8, 0.9722, 0.9514)]
)
def test_recorded_answers_to_math_give_the_numbers_that_were_worked_out_apart(
    k: int, any_right: float, majority: float, shared_data: Path
) -> None:
    file = shared_data / "model_outputs" / "math_qwen_cot.jsonl.gz"
    samples = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for sample in map(json.loads, lines):
            samples[sample["question"]].append((sample["extracted"], sample["label"]))
    passes, votes = [], []
    for problem in samples.values():
        right = [label for _, label in problem]
        answers = answer_classes([answer for answer, _ in problem], lambda a, b: {a, b} == EQUAL or a == b)
        passes.append(pass_at_k(len(problem), sum(right), k))
        votes.append(cons_at_k(answers, right, k))
    assert len(samples) == 72
    assert sum(passes) / 72 == pytest.approx(any_right, abs=5e-5)
    assert sum(votes) / 72 == pytest.approx(majority, abs=5e-5)


EQUAL = {"9999.857142857143", r"9999\frac{6}{7}"}
"""The one pair of distinct answers to the same problem that mean the same."""

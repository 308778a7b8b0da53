"""Vote shares against accuracy, and what is gained by answering only when sure."""

from __future__ import annotations

import pytest

from r1cli.results.reliability import reliability, voted_problem
from tests.r1cli.results.sampled_answers import problem, sample_set


@pytest.mark.parametrize(
    ("letters", "share", "right"),
    [
        ("rrrr", 1.0, 1.0),
        ("rrrw", 0.75, 1.0),
        ("wwwr", 0.75, 0.0),
        ("rrww", 0.5, 0.5),  # a tie
        ("rr--", 0.5, 1.0),  # who was cut off does not vote, and makes nobody surer
        ("rrx", 1.0, 1.0),  # whose judge crashed does not count
        ("----", 0.0, 0.0),
    ],
)
def test_the_winner_and_its_share_of_all_samples(letters: str, share: float, right: float) -> None:
    found = voted_problem(problem("a", letters))
    assert (found.share, found.right) == (share, right)


def test_a_model_that_is_as_often_right_as_it_agrees_is_calibrated() -> None:
    answers = {f"right {i}": "rrrw" for i in range(3)} | {"wrong": "wwwr"}
    found = reliability([sample_set(answers)])
    assert found is not None
    assert found.error == pytest.approx(0.0)
    (only,) = found.bins
    assert (only.low, only.count, only.share, only.accuracy.mean) == (0.7, 4, 0.75, 0.75)


def test_the_error_is_the_distance_from_the_vote_share_weighted_by_problems() -> None:
    found = reliability([sample_set({"a": "wwww", "b": "rrrr", "c": "rrrr", "d": "rrww"})])
    assert found is not None
    # vote share 1.0: three problems, two right; 0.5: one problem, half right
    assert found.error == pytest.approx(3 / 4 * (1 - 2 / 3))
    assert [one.count for one in found.bins] == [1, 3]
    assert found.bins[-1].high == 1.0


def test_answering_only_with_many_votes_answers_less_and_better() -> None:
    found = reliability([sample_set({"a": "rrrr", "b": "rrrw", "c": "wwvr", "d": "wwwr"})])
    assert found is not None
    assert [(c.share, c.answered) for c in found.coverage] == [(0.5, 1.0), (0.75, 0.75), (1.0, 0.25)]
    assert [c.accuracy for c in found.coverage] == pytest.approx([0.5, 2 / 3, 1.0])


def test_programs_and_single_samples_have_no_vote_to_rely_on() -> None:
    assert reliability([sample_set({"a": "rr"}, votes=False)]) is None
    assert reliability([sample_set({"a": "r"})]) is None
    assert reliability([sample_set({"a": "xx"})]) is None
    assert reliability([]) is None

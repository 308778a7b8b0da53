"""Dollars and accuracy of every model and k, and which of them nobody beats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from r1cli.results.cost import Dollars
from r1cli.results.priced_answers import PricedAnswer, pareto, priced_answers
from r1cli.results.scaling import scaling
from tests.r1cli.results.sampled_answers import sample_set


def test_more_samples_cost_more_and_a_solved_task_more_than_a_task() -> None:
    one = replace(sample_set({"a": "rrrr", "b": "wwww"}), dollars=Dollars(0.7, 0.8))
    first, *_, last = priced_answers([scaling([one])])
    assert (first.rule, first.k, first.dollars, first.per_solved) == (
        "cons@k",
        1,
        pytest.approx(0.1),
        pytest.approx(0.2),
    )
    assert (last.k, last.dollars) == (4, pytest.approx(0.4))


def test_what_solved_nothing_has_no_price_of_a_solved_task() -> None:
    one = replace(sample_set({"a": "ww", "b": "ww"}), dollars=Dollars(1.0, 1.0))
    assert priced_answers([scaling([one])])[0].per_solved is None


def test_without_a_price_there_is_no_point_and_programs_have_single_samples_only() -> None:
    assert priced_answers([scaling([sample_set({"a": "rr"})])]) == []
    programs = replace(sample_set({"a": "rw"}, votes=False), dollars=Dollars(1.0, 1.0))
    (only,) = priced_answers([scaling([programs])])
    assert (only.rule, only.k, only.accuracy) == ("pass@1", 1, 0.5)


def test_on_the_frontier_is_who_is_not_beaten_in_both() -> None:
    def answer(dollars: float, accuracy: float) -> PricedAnswer:
        return PricedAnswer("m", "cons@k", 1, accuracy, dollars, None)

    cheap, beaten, dear = answer(1, 0.5), answer(2, 0.4), answer(3, 0.6)
    assert pareto([dear, beaten, cheap]) == [cheap, dear]
    assert pareto([answer(1, 0.4), answer(1, 0.5)]) == [answer(1, 0.5)]

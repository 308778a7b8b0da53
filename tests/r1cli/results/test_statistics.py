"""Intervals and tests against numbers worked out by hand, and against what they must be blind to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from r1cli.results.statistics import (
    Interval,
    difference_over_problems,
    difference_over_seeds,
    holm,
    interval_over_seeds,
)


def test_an_interval_over_seeds_is_students_t() -> None:
    found = interval_over_seeds([0.70, 0.74, 0.78])
    # sd 0.04, standard error 0.04 / sqrt(3), t(0.975, 2) = 4.3027
    half = 4.3027 * 0.04 / math.sqrt(3)
    assert (found.mean, found.low, found.high) == pytest.approx((0.74, 0.74 - half, 0.74 + half), abs=1e-5)


def test_of_all_intervals_of_three_seeds_95_in_100_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    intervals = [interval_over_seeds(list(rng.normal(0.7, 0.05, 3))) for _ in range(500)]
    assert np.mean([i.low <= 0.7 <= i.high for i in intervals]) == pytest.approx(0.95, abs=0.02)


def test_two_seeds_give_a_wide_interval() -> None:
    found = interval_over_seeds([0.70, 0.74])
    assert found.high - found.mean == pytest.approx(12.706 * 0.02, abs=1e-4)


def test_seeds_that_agree_give_a_point() -> None:
    assert interval_over_seeds([0.5, 0.5]) == Interval(0.5, 0.5, 0.5)


def test_common_seeds_are_compared_with_each_other() -> None:
    # The seeds lie far apart, the differences close together: only a paired test sees that.
    baseline = {0: 0.2, 1: 0.5, 2: 0.8}
    found = difference_over_seeds({0: 0.30, 1: 0.61, 2: 0.90, 7: 0.1}, baseline)
    assert found is not None
    assert (found.over, found.n, found.paired) == ("seeds", 3, True)
    # differences 0.10, 0.11, 0.10: mean 0.10333, sd 0.0057735, t = 31.0 with 2 degrees of freedom
    assert found.mean == pytest.approx(0.103333, abs=1e-6)
    assert found.p == pytest.approx(0.00104, abs=1e-5)
    assert found.low == pytest.approx(0.103333 - 4.3027 * 0.0057735 / math.sqrt(3), abs=1e-5)


def test_other_seeds_are_compared_as_groups() -> None:
    found = difference_over_seeds({0: 0.30, 1: 0.32}, {5: 0.10, 6: 0.12, 7: 0.11})
    assert found is not None
    assert (found.n, found.paired) == (2, False)
    # Welch: difference 0.2, standard error sqrt(0.0002 / 2 + 0.0001 / 3) = 0.011547, t = 17.3205 with 1.6842 d.f.
    assert found.mean == pytest.approx(0.2)
    assert found.p == pytest.approx(0.006766, abs=1e-5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.2 < found.high


def test_one_seed_says_nothing_about_other_seeds() -> None:
    assert difference_over_seeds({0: 0.3}, {0: 0.1, 1: 0.2}) is None


def test_differences_that_are_all_the_same_cannot_be_tested() -> None:
    found = difference_over_seeds({0: 0.3, 1: 0.4}, {0: 0.1, 1: 0.2})
    assert found is not None
    assert found.mean == pytest.approx(0.2)
    assert (found.low, found.high, found.p) == (None, None, None)


def test_a_few_problems_are_tested_exactly() -> None:
    # All of five problems got better: of 2^5 deals two are as extreme.
    better = {str(i): 0.5 + 0.01 * i for i in range(5)}
    found = difference_over_problems(better, dict.fromkeys(better, 0.1))
    assert found is not None
    assert found.p == pytest.approx(2 / 32)
    assert found.mean == pytest.approx(0.42)
    assert (found.over, found.n) == ("problems", 5)


def test_only_problems_that_both_answered_count() -> None:
    found = difference_over_problems({"a": 1.0, "b": 0.5, "x": 0.0}, {"a": 0.0, "b": 0.0, "y": 1.0})
    assert found is not None
    assert (found.n, found.mean) == (2, 0.75)
    assert difference_over_problems({"a": 1.0}, {"a": 0.0, "b": 1.0}) is None


def test_equal_answers_do_not_differ() -> None:
    found = difference_over_problems({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0})
    assert found is not None
    assert (found.mean, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_pairing_takes_out_how_hard_a_problem_is() -> None:
    rng = np.random.default_rng(0)
    hard = rng.uniform(0, 1, 300)
    baseline = {str(i): h for i, h in enumerate(hard)}
    ours = {str(i): h + d for i, (h, d) in enumerate(zip(hard, rng.normal(0.02, 0.1, 300), strict=True))}
    found = difference_over_problems(ours, baseline)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.p is not None
    assert found.p < 0.01
    # Half width of a paired interval: 1.96 * 0.1 / sqrt(300) = 0.0113; unpaired it would be 0.047.
    assert (found.high - found.low) / 2 == pytest.approx(0.0113, abs=0.002)


def test_the_same_answers_give_the_same_numbers() -> None:
    ours, baseline = {str(i): i % 3 / 2 for i in range(60)}, {str(i): i % 2 / 2 for i in range(60)}
    assert difference_over_problems(ours, baseline) == difference_over_problems(ours, baseline)


def test_holm_multiplies_the_smallest_p_value_by_their_number_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == holm([0.9, 0.5]) == [1.0, 1.0]
    assert holm([]) == []

"""Statistics over seeds, against scipy's own tests and against tables."""

from __future__ import annotations

import random
from math import exp, log

import pytest
from scipy import stats

from r1cli.results.claims import estimates

FIVE = [0.31, 0.28, 0.35, 0.30, 0.26]


def test_a_mean_has_students_interval_and_the_p_values_of_a_t_test_against_the_margin() -> None:
    found = estimates.of_mean(FIVE, 0.25)
    test = stats.ttest_1samp(FIVE, 0.25)
    low, high = test.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.p_more == pytest.approx(test.pvalue)
    assert found.p_less == 1.0
    assert found.p_within is None


def test_one_seed_is_a_number_without_an_interval() -> None:
    found = estimates.of_mean([0.3], 0.0)
    assert (found.mean, found.n) == (0.3, 1)
    assert {found.low, found.high, found.sd, found.p_more, found.p_less} == {None}


def test_equivalence_is_the_larger_of_two_one_sided_tests() -> None:
    values = [0.01, -0.02, 0.0, 0.02, -0.01]
    found = estimates.of_mean(values, 0.05, within=True)
    below = stats.ttest_1samp(values, 0.05, alternative="less").pvalue
    above = stats.ttest_1samp(values, -0.05, alternative="greater").pvalue
    assert found.p_within == pytest.approx(max(below, above))
    assert found.p_within < 0.05
    assert found.p_more == found.p_less == 1.0


def test_what_lies_outside_the_margin_is_not_equivalent() -> None:
    found = estimates.of_mean([-0.31, -0.28, -0.33], 0.05, within=True)
    assert found.p_within == pytest.approx(1.0, abs=1e-2)
    assert found.p_less is not None
    assert found.p_less < 0.05


def test_a_ratio_is_a_geometric_mean() -> None:
    found = estimates.of_ratio([log(4.0), log(5.0), log(6.0)], 2.0)
    assert found.mean == pytest.approx((4 * 5 * 6) ** (1 / 3))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.mean < found.high
    assert exp(2 * log(found.mean)) == pytest.approx(found.low * found.high)  # symmetric in the logarithm


def test_seeds_that_all_agree_leave_no_doubt() -> None:
    found = estimates.of_mean([0.3, 0.3, 0.3], 0.1)
    assert (found.p_more, found.p_less, found.sd) == (0.0, 1.0, 0.0)
    assert (found.low, found.high) == (pytest.approx(0.3), pytest.approx(0.3))


def test_the_seeds_needed_are_those_of_the_textbook() -> None:
    # One-sample t-test, d = 0.5, 80 % power, two-sided 5 %: n = 34 (Cohen 1988).
    assert estimates.seeds_needed(1.0, 0.5, 0.05) == 34
    assert estimates.seeds_needed(1.0, -0.5, 0.05) == 34
    assert estimates.seeds_needed(1.0, 0.0, 0.05) is None
    assert estimates.seeds_needed(1.0, 1e-6, 0.05) is None
    assert estimates.seeds_needed(0.0, 0.1, 0.05) == 2


def test_the_detectable_distance_is_one_that_so_many_seeds_see() -> None:
    seen = estimates.detectable(1.0, 34, 0.05)
    assert seen == pytest.approx(0.495, abs=0.01)
    stricter = estimates.detectable(1.0, 34, 0.001)
    assert stricter is not None
    assert stricter > 0.7
    assert estimates.detectable(1.0, 1, 0.05) is None
    assert estimates.detectable(0.0, 3, 0.05) == 0.0


def test_methods_that_are_one_method_do_not_differ_more_than_seeds() -> None:
    rng = random.Random(0)
    same = [[rng.gauss(0.6, 0.02) for _ in range(8)] for _ in range(6)]
    found = estimates.of_spread(same, 1.0)
    assert found is not None
    assert found.mean < 0.8
    assert found.p_less is not None
    assert found.p_less < 0.1
    apart = [[value + 0.1 * number for value in seeds] for number, seeds in enumerate(same)]
    wide = estimates.of_spread(apart, 1.0)
    assert wide is not None
    assert wide.low is not None
    assert wide.low > 1
    assert wide.p_more is not None
    assert wide.p_more < 0.01


def test_a_spread_needs_two_methods_with_two_seeds_each() -> None:
    assert estimates.of_spread([[0.1, 0.2]], 1.0) is None
    assert estimates.of_spread([[0.1], [0.2]], 1.0) is None
    assert estimates.of_spread([[0.1, 0.1], [0.2, 0.2]], 1.0) is None


def test_a_change_is_the_last_fifth_against_the_first() -> None:
    assert estimates.change([1.0] * 2 + [5.0] * 6 + [3.0] * 2) == 2.0
    assert estimates.change([1.0, 2.0]) is None


def test_curves_cross_between_two_points_on_a_logarithmic_scale() -> None:
    ours, baseline = [(1, 0.6), (4, 0.7), (16, 0.75)], [(1, 0.1), (4, 0.5), (16, 0.95)]
    assert estimates.crossing(ours, baseline) == pytest.approx(8.0)
    assert estimates.crossing(baseline, ours) is None  # it begins below
    assert estimates.crossing([(1, 0.6), (4, 0.7)], [(1, 0.1), (4, 0.5)]) is None

"""Standard errors and intervals over problems: by hand, by what they cover, and on recorded answers."""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from r1cli.results.intervals import (
    detectable,
    interval,
    mean_interval,
    paired_difference,
    quantile,
    share_interval,
    standard_error,
)


def test_intervals_hold_the_mean_and_shrink_with_more_problems() -> None:
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 1000)
    assert few is not None
    assert many is not None
    assert few["mean"] == many["mean"] == 0.5
    assert 0.2 < few["high"] - few["low"] < 0.6
    assert many["high"] - many["low"] < 0.06


def test_an_interval_of_nothing_is_nothing_and_not_zero() -> None:
    assert interval([]) is None
    with pytest.raises(ValueError, match="no mean of nothing"):
        mean_interval([])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_thirty_of_thirty_is_no_certainty(value: float) -> None:
    found = interval([value] * 30)
    assert found is not None
    assert found["mean"] == value
    assert {found["low"], found["high"]} & {value}
    # Wilson's interval of 30 of 30 with t(0.975, 29) = 2.0452: 1 / (1 + t^2 / 30)
    assert found["high"] - found["low"] == pytest.approx(1 - 1 / (1 + 2.0452**2 / 30), abs=1e-4)


def test_near_its_ends_a_share_keeps_within_them() -> None:
    found = interval([1.0] * 29 + [0.0])
    assert found is not None
    assert 0.8 < found["low"] < found["mean"] == pytest.approx(29 / 30)
    assert found["mean"] < found["high"] < 1.0


def test_in_the_middle_the_interval_is_students_t() -> None:
    values = list(np.random.default_rng(0).random(2000))
    found = interval(values)
    half = quantile(1999) * np.std(values, ddof=1) / math.sqrt(2000)
    assert found is not None
    assert (found["low"], found["high"]) == pytest.approx((found["mean"] - half, found["mean"] + half), abs=2e-4)


@pytest.mark.parametrize("truth", [0.1, 0.5, 0.97])
def test_of_all_intervals_of_thirty_problems_95_in_100_hold_the_truth(truth: float) -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        found = interval(list((rng.random(30) < truth).astype(float)))
        assert found is not None
        held += found["low"] <= truth <= found["high"]
    assert 0.93 <= held / 400 <= 1.0


def test_a_measure_without_bounds_has_a_t_interval() -> None:
    found = interval([10.0, 20.0, 30.0], share=False)
    half = 4.3027 * 10 / math.sqrt(3)
    assert found is not None
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((20.0, 20 - half, 20 + half), abs=1e-3)
    assert interval([7.0], share=False) == {"mean": 7.0, "low": 7.0, "high": 7.0}


def test_a_single_problem_says_almost_nothing() -> None:
    found = interval([1.0])
    assert found is not None
    assert found["low"] < 0.05


def test_without_clusters_the_error_is_the_standard_deviation_by_the_root_of_n() -> None:
    values = [0.0, 0.5, 1.0, 0.25]
    assert standard_error(values) == pytest.approx(np.std(values, ddof=1) / 2)


def test_problems_that_come_in_copies_are_no_more_problems() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    alone = standard_error(values)
    doubled = standard_error([*values, *values], [*range(5), *range(5)])
    assert doubled == pytest.approx(alone)
    assert standard_error([*values, *values]) < 0.75 * alone
    copied = interval([*values, *values], [*range(5), *range(5)])
    assert copied == pytest.approx(interval(values))


def test_one_cluster_has_no_error_that_could_be_known() -> None:
    with pytest.raises(ValueError, match="two clusters of problems, not 1"):
        standard_error([0.0, 1.0], ["a", "a"])


def test_no_share_lies_outside_of_zero_and_one() -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1, not 1\.2"):
        share_interval(1.2, 10, 1.96)


def test_translations_of_one_problem_widen_the_error(shared_data: Path) -> None:
    """Eleven languages by the problem that they translate; the harder a text, the more of them are wrong."""
    problems = []
    for file in sorted((shared_data / "mgsm").glob("mgsm_*.jsonl")):
        problems += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert len(problems) == 11 * 127
    rng = np.random.default_rng(0)
    hard = {index: rng.random() for index in sorted({p["gsm8k_test_index"] for p in problems})}
    right = [float(rng.random() > hard[p["gsm8k_test_index"]]) for p in problems]
    clustered = standard_error(right, [p["gsm8k_test_index"] for p in problems])
    assert len(hard) == 127
    assert clustered > 1.5 * standard_error(right)


def _openai(shared_data: Path) -> dict[str, dict[str, float]]:
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    with gzip.open(shared_data / "model_outputs" / "gsm8k_openai.jsonl.gz", "rt", encoding="utf-8") as lines:
        for answer in map(json.loads, lines):
            scores[answer["model"].removeprefix("openai-")][str(answer["gsm8k_test_index"])] = float(answer["label"])
    return scores


def test_recorded_answers_to_gsm8k_have_the_known_accuracies_and_pair_up(shared_data: Path) -> None:
    scores = _openai(shared_data)
    means = {model: sum(of.values()) / len(of) for model, of in scores.items()}
    expected = {"6b_finetuning": 0.2276, "6b_verification": 0.4082}
    expected |= {"175b_finetuning": 0.3566, "175b_verification": 0.5812}
    assert means == pytest.approx(expected, abs=5e-5)
    found = paired_difference(scores["6b_verification"], scores["175b_finetuning"])
    assert found is not None
    assert (found.n, found.clusters, found.ahead, found.behind) == (659, 659, 109, 75)
    assert found.mean == pytest.approx(0.052, abs=5e-4)
    assert found.error == pytest.approx(0.0205, abs=5e-5)
    unpaired = math.hypot(*(standard_error(list(scores[m].values())) for m in ("6b_verification", "175b_finetuning")))
    assert unpaired == pytest.approx(0.0267, abs=1e-4)
    assert found.low == pytest.approx(found.mean - 1.9636 * found.error, abs=1e-4)
    assert 0.01 < found.p < 0.02


def test_a_difference_needs_two_problems_in_common() -> None:
    assert paired_difference({"a": 1.0, "b": 0.0}, {"a": 0.0, "c": 1.0}) is None
    same = paired_difference({"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0})
    assert same is not None
    assert (same.mean, same.p, same.ahead, same.behind) == (0.0, 1.0, 0, 0)


def test_clusters_of_a_paired_difference_count_once() -> None:
    ours = {f"{i}{language}": float(i % 3 > 0) for i in range(12) for language in "ab"}
    theirs = dict.fromkeys(ours, 0.0)
    clusters = {problem: problem[:-1] for problem in ours}
    plain, clustered = paired_difference(ours, theirs), paired_difference(ours, theirs, clusters)
    assert plain is not None
    assert clustered is not None
    assert (plain.clusters, clustered.clusters) == (24, 12)
    assert clustered.error > plain.error
    assert clustered.p > plain.p


def test_what_a_benchmark_can_tell_apart_is_said_by_its_error() -> None:
    # 100 tasks at 15 %, unpaired: an error of 0.05 tells 14 points apart, not 1.8.
    assert detectable(0.05) == pytest.approx(0.14, abs=0.001)

"""Accuracy against compute from stored samples: by hand, against the controls, and on recorded answers."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.generators.generator import Usage
from r1cli.results.sampled import JudgedSample, SampledProblem, SampleSet
from r1cli.results.scaling import Scaling, powers_of_two, scaling, scorers
from tests.r1cli.results.sampled_answers import problem, sample_set

ANSWERS = {"a": "rrww", "b": "rrrr", "c": "wwww", "d": "rwvu"}


def means(found: Scaling, rule: str) -> list[float]:
    curve = found.curve(rule)
    assert curve is not None
    return [point.accuracy.mean for point in curve.points]


def test_each_rule_is_the_mean_over_problems_of_what_all_draws_give() -> None:
    found = scaling([sample_set(ANSWERS)])
    assert [p.k for p in found.curves[0].points] == [1, 2, 4]
    # a: 1/2, 5/6, 1; b: 1; c: 0; d: 1/4, 1/2, 1
    assert means(found, "any") == pytest.approx([1.75 / 4, (5 / 6 + 1 + 0.5) / 4, 3 / 4])
    # a: 1/2, 1/6, 0; b: 1; c: 0; d: 1/4, 0, 0
    assert means(found, "all") == pytest.approx([1.75 / 4, (1 / 6 + 1) / 4, 1 / 4])
    # a: 1/2, 1/2, 1/2; b: 1; c: 0; d: 1/4, 1/4, 1/4 (four answers, one vote each)
    assert means(found, "majority") == pytest.approx([1.75 / 4] * 3)


def test_tokens_are_all_that_were_generated_for_a_problem() -> None:
    found = scaling([sample_set(ANSWERS)])
    assert [p.tokens for p in found.curves[0].points] == [10, 20, 40]
    assert scaling([sample_set(ANSWERS, tokens=None)]).counted is False


def test_seeds_are_averaged_problem_by_problem() -> None:
    sets = [sample_set({"a": "rr", "b": "ww"}), sample_set({"a": "ww", "b": "ww"}, seed=1)]
    (point, _) = scaling(sets).curves[0].points
    assert (point.accuracy.mean, point.problems) == (0.25, 2)


def test_a_problem_with_fewer_samples_says_nothing_about_more_of_them() -> None:
    found = scaling([sample_set({"a": "rrrr", "b": "wx", "c": "rrww"})])
    assert [(p.k, p.problems) for p in found.curves[0].points] == [(1, 3), (2, 2), (4, 2)]


def test_programs_have_no_majority() -> None:
    assert [c.rule.name for c in scaling([sample_set(ANSWERS, votes=False)]).curves] == ["any", "all"]


def test_what_twice_the_tokens_gain_is_the_slope_of_a_line_and_the_mean_of_the_problems_slopes() -> None:
    # Of one right and two wrong samples that agree, three votes are worth less than one.
    found = scaling([sample_set({"a": "rrrwwwww", "b": "rrrrrwww", "c": "rrrrrrww", "d": "rwwwwwww"})])
    curve = found.curve("majority")
    assert curve is not None
    assert curve.fit is not None
    x = [log2(p.tokens or 0) for p in curve.points]
    y = [p.accuracy.mean for p in curve.points]
    for place, residual in enumerate(curve.fit.residuals):
        assert y[place] == pytest.approx(curve.fit.intercept + curve.fit.slope * x[place] + residual)
    assert sum(curve.fit.residuals) == pytest.approx(0.0, abs=1e-12)
    assert sum(a * b for a, b in zip(x, curve.fit.residuals, strict=True)) == pytest.approx(0.0, abs=1e-12)
    assert curve.fit.slope_low < curve.fit.slope < curve.fit.slope_high
    assert 0 <= curve.fit.r2 <= 1
    bound = found.curve("any")
    assert bound is not None
    assert bound.fit is None


def test_two_numbers_of_samples_are_no_line() -> None:
    curve = scaling([sample_set({"a": "rw", "b": "rr"})]).curve("majority")
    assert curve is not None
    assert curve.fit is None


def test_models_are_compared_at_equal_tokens() -> None:
    curve = scaling([sample_set(ANSWERS)]).curve("any")
    assert curve is not None
    low, _, high = [point.accuracy.mean for point in curve.points]
    assert curve.at_tokens(10) == pytest.approx(low)
    assert curve.at_tokens(40) == pytest.approx(high)
    assert curve.at_tokens(20 * 2**0.5) == pytest.approx((curve.points[1].accuracy.mean + high) / 2)
    assert curve.at_tokens(41) is None
    assert curve.at_tokens(9) is None


def scored(*scores: float) -> SampleSet:
    plain = sample_set(ANSWERS)
    return replace(plain, problems=tuple(problem(n, letters, scores=scores) for n, letters in ANSWERS.items()))


def test_a_scorer_that_says_the_same_of_all_is_worth_one_sample() -> None:
    found = scaling([scored(0.3, 0.3, 0.3, 0.3)])
    assert found.scorer == "rm"
    assert means(found, "best_of_n") == pytest.approx([1.75 / 4] * 3)


def test_a_scorer_by_lot_is_worth_about_one_sample_and_an_all_knowing_one_all_of_them() -> None:
    many = {str(i): "rrww" for i in range(400)}
    assert means(scaling([sample_set(many)], rules=["random"]), "random") == pytest.approx([0.5] * 3, abs=0.06)
    best = replace(
        sample_set(ANSWERS),
        problems=tuple(problem(n, ls, scores=[float(c == "r") for c in ls]) for n, ls in ANSWERS.items()),
    )
    found = scaling([best])
    assert means(found, "best_of_n") == pytest.approx(means(found, "any"))


def test_a_score_that_some_samples_lack_ranks_nothing() -> None:
    mixed = replace(scored(0.1, 0.2, 0.3, 0.4), problems=(problem("a", "rw", scores=[0.1, 0.2]), problem("b", "rw")))
    assert scorers([mixed]) == []
    assert [c.rule.name for c in scaling([mixed]).curves] == ["majority", "any", "all"]
    with pytest.raises(ConfigError, match="not every sample of R1 has a score 'rm'"):
        scaling([mixed], scorer="rm")


def test_what_cannot_be_asked_for_is_refused_with_a_way_out() -> None:
    sets = [sample_set(ANSWERS)]
    with pytest.raises(ConfigError, match="R1 has 4 samples of a problem, not 8") as wrong:
        scaling(sets, ks=[1, 8])
    assert wrong.value.hint == "at most --k 4"
    with pytest.raises(ConfigError, match="no answer without a sample"):
        scaling(sets, ks=[0])
    with pytest.raises(ConfigError, match="no rule 'majorty'") as wrong:
        scaling(sets, rules=["majorty"])
    assert "majority" in wrong.value.hint
    for bound in ("oracle", "any"):
        with pytest.raises(ConfigError, match="knows the reference answers, so it is no rule"):
            scaling(sets, rules=[bound])


def test_numbers_of_samples_are_powers_of_two_and_all_of_them() -> None:
    assert powers_of_two(0) == []
    assert powers_of_two(1) == [1]
    assert powers_of_two(12) == [1, 2, 4, 8, 12]
    assert powers_of_two(64) == [1, 2, 4, 8, 16, 32, 64]


def test_translations_of_one_problem_widen_the_band() -> None:
    apart = sample_set({f"{i}{language}": "rr" if i % 2 else "ww" for i in range(8) for language in "ab"})
    together = replace(apart, problems=tuple(replace(p, cluster=p.id[:-1]) for p in apart.problems))
    wide, narrow = (scaling([one]).curves[0].points[0].accuracy for one in (together, apart))
    assert wide.mean == narrow.mean == 0.5
    assert wide.half > 1.3 * narrow.half


def test_recorded_answers_to_math_give_the_numbers_that_were_worked_out_apart(shared_data: Path) -> None:
    """As r1 scale does it: rules by name, tokens by characters, which is all that the file has."""
    problems: dict[str, list[JudgedSample]] = {}
    with gzip.open(shared_data / "model_outputs" / "math_qwen_cot.jsonl.gz", "rt", encoding="utf-8") as lines:
        for said in map(json.loads, lines):
            answer = said["extracted"].replace(r"9999\frac{6}{7}", "9999.857142857143")
            scores = {"rm": said["rm_score"]}
            usage = Usage(completion=len(said["response"]))
            end = "right" if said["label"] else "wrong"
            judged = JudgedSample(said["label"], hash(answer), end, usage, None, scores)
            problems.setdefault(said["question"], []).append(judged)
    sets = replace(sample_set({}), problems=tuple(SampledProblem(q, q, tuple(s)) for q, s in problems.items()))
    found = scaling([sets])
    assert means(found, "any") == pytest.approx([0.9288, 0.9504, 0.9677, 0.9722], abs=5e-5)
    assert means(found, "majority") == pytest.approx([0.9288, 0.9288, 0.9391, 0.9514], abs=5e-5)
    assert means(found, "best_of_n") == pytest.approx([0.9288, 0.9435, 0.9470, 0.9444], abs=5e-5)
    assert means(found, "weighted") == pytest.approx([0.9288, 0.9435, 0.9524, 0.9583], abs=5e-5)

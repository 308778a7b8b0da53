"""What samples add up to."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.generators.generator import Usage
from r1cli.results.samples import SampleRecord
from r1cli.results.scorecard import ENDS, by_group, end_of, ends, means, over_groups, problem_scores, usage


def record(value: float | None = 1.0, *, row: str = "a", sample: int = 0, **more: Any) -> SampleRecord:
    about: dict[str, Any] = {
        "cluster": row, "thought": "", "answer": "2", "text": "2", "finished": True, "status": "scored",
        "usage": Usage(completion=10), "answer_class": 0 if value else 1, "scores": {"format": 1.0},
    }  # fmt: skip
    return SampleRecord(id=row, sample=sample, value=value, **{**about, **more})


def test_all_measures_of_a_problem_leave_out_what_could_not_be_judged() -> None:
    records = [record(1.0), record(0.0, sample=1), record(None, sample=2, status="crashed", answer_class=None)]
    scores = problem_scores(records, votes=True)
    assert scores.samples == 2
    assert scores.measures["accuracy"] == 0.5
    assert scores.measures["pass_at_k"] == 1.0
    assert scores.measures["cons_at_k"] == 0.5
    assert scores.measures["tokens"] == 10.0


def test_a_problem_that_could_not_be_judged_at_all_has_no_score() -> None:
    scores = problem_scores([record(None, status="crashed")], votes=True)
    assert scores.measures["accuracy"] is scores.measures["pass_at_k"] is scores.measures["cons_at_k"] is None
    assert means([scores])["accuracy"] is None


def test_samples_that_were_not_judged_have_no_scores() -> None:
    with pytest.raises(ValueError, match="judged"):
        problem_scores([record(status=None)], votes=True)
    with pytest.raises(ValueError, match="judged"):
        problem_scores([], votes=True)


def test_who_is_silent_is_wrong_by_vote() -> None:
    silent = [record(0.0, sample=i, answer_class=None, finished=False) for i in range(2)]
    assert problem_scores(silent, votes=True).measures["cons_at_k"] == 0.0
    assert problem_scores(silent, votes=False).measures["cons_at_k"] is None


def test_problems_of_one_cluster_are_no_independent_problems() -> None:
    values = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    apart = [problem_scores([record(v, row=str(i))], votes=True) for i, v in enumerate(values)]
    together = [problem_scores([record(v, row=str(i), cluster=str(i // 3))], votes=True) for i, v in enumerate(values)]
    plain, clustered = means(apart)["accuracy"], means(together)["accuracy"]
    assert plain is not None
    assert clustered is not None
    assert clustered["mean"] == plain["mean"] == 0.5
    assert clustered["high"] - clustered["low"] > plain["high"] - plain["low"]


def test_thirty_of_thirty_right_is_no_certainty() -> None:
    found = means([problem_scores([record(row=str(i))], votes=True) for i in range(30)])["accuracy"]
    assert found is not None
    assert found["mean"] == found["high"] == 1.0
    assert found["low"] < 0.95


def test_groups_count_equally_where_the_benchmark_says_so() -> None:
    problems = [problem_scores([record(float(i == 0), row=str(i))], votes=True, group="ab"[i > 0]) for i in range(5)]
    assert by_group(problems, "accuracy") == {"a": {"mean": 1.0, "n": 1}, "b": {"mean": 0.0, "n": 4}}
    found = over_groups(problems, "accuracy")
    assert found is not None
    assert found["mean"] == 0.5


ENDINGS = [
    ({"value": 1.0, "finished": False}, "right"),
    ({"value": 0.0}, "wrong"),
    ({"value": 0.5}, "wrong"),
    ({"value": 0.0, "status": "unparseable"}, "unparseable"),
    ({"value": 0.0, "status": "unparseable", "finished": False}, "truncated"),
    ({"value": 0.0, "status": "unparseable", "finished": False, "text": "", "usage": Usage(completion=0)}, "no_room"),
    ({"value": 0.0, "status": "timed_out"}, "timed_out"),
    ({"value": None, "status": "crashed"}, "crashed"),
    ({"value": None, "status": "not_applicable"}, "not_judged"),
]


@pytest.mark.parametrize(("about", "end"), ENDINGS)
def test_each_sample_ends_in_one_way(about: dict[str, Any], end: str) -> None:
    assert end_of(record(**about)) == end
    assert ends([record(**about)]) == {e: int(e == end) for e in ENDS}


def test_tokens_that_nobody_counted_are_not_nought() -> None:
    counted = usage([record(), record(usage=Usage(prompt=3))])
    assert counted == {"prompt": 3, "cached": None, "completion": 10, "reasoning": None}

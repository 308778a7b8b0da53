"""r1cli.results.arc: attempts, test inputs, tasks."""

from __future__ import annotations

import pytest

from r1cli.results.arc import arc_score, tasks_of
from r1cli.results.samples import SampleRecord

TASKS = {"a": ["a/0", "a/1", "a/2"], "b": ["b/0"]}


def drawn(test: str, *said: str) -> list[SampleRecord]:
    """Completions of a test input: right, wrong, or no grid at all."""
    values = {"right": (1.0, "scored"), "wrong": (0.0, "scored"), "none": (0.0, "unparseable")}
    return [
        SampleRecord(
            id=test, cluster=test.partition("/")[0], sample=number, thought="", answer="", text="", finished=True,
            value=values[what][0], status=values[what][1],
        )
        for number, what in enumerate(said)
    ]  # fmt: skip


def test_one_of_three_test_inputs_is_a_third_of_a_task_or_nothing() -> None:
    records = drawn("a/0", "wrong", "right") + drawn("a/1", "wrong", "wrong") + drawn("b/0", "right")
    mean, strict = (arc_score(records, TASKS, rule=rule) for rule in ("mean", "strict"))
    assert mean.by_task == pytest.approx({"a": 1 / 3, "b": 1.0})
    assert mean.score == pytest.approx(2 / 3)
    assert mean.single == pytest.approx((1 / 6 + 1) / 2)  # two draws, one of them right, in one of three test inputs
    assert strict.by_task == {"a": 0.0, "b": 1.0}


def test_a_task_without_a_completion_counts_nothing() -> None:
    found = arc_score(drawn("b/0", "right", "wrong"), TASKS)
    assert found.score == 0.5
    assert found.missing == ("a",)
    assert arc_score([], TASKS).score == 0.0


def test_more_completions_than_attempts_give_the_expectation_over_draws() -> None:
    found = arc_score(drawn("b/0", "right", "wrong", "wrong", "none"), {"b": ["b/0"]})
    assert found.score == pytest.approx(1 - 3 / 6)
    assert found.single == pytest.approx(1 / 4)


def test_strict_is_the_chance_that_all_test_inputs_are_solved() -> None:
    records = drawn("a/0", "right", "wrong", "wrong") + drawn("a/1", "right", "wrong", "wrong")
    assert arc_score(records, {"a": ["a/0", "a/1"]}, rule="strict").score == pytest.approx((2 / 3) ** 2)


def test_an_answer_without_a_grid_is_drawn_again_only_if_that_is_asked_for() -> None:
    one = {"b": ["b/0"]}
    records = drawn("b/0", "none", "wrong", "right", "right")  # the first attempt's second draw is right
    assert arc_score(records[:2], one).score == 0.0
    again = arc_score(records, one, redraws=1)
    assert (again.score, again.redrawn) == (1.0, 1)
    assert arc_score(drawn("b/0", "none", "wrong", "wrong", "right"), one, redraws=1).score == 0.0  # no need to redraw
    assert arc_score(drawn("b/0", *["none"] * 4, "right"), one, redraws=1).score == 0.0  # drawn twice already
    assert arc_score(drawn("b/0", *["none"] * 4, "right"), one, redraws=2).score == 1.0


def test_completions_of_other_problems_are_not_looked_at() -> None:
    assert arc_score(drawn("c/0", "right"), TASKS).score == 0.0


def test_tasks_are_their_test_inputs_in_order() -> None:
    assert tasks_of([("a/0", "a"), ("b/0", "b"), ("a/1", "a")]) == {"a": ["a/0", "a/1"], "b": ["b/0"]}

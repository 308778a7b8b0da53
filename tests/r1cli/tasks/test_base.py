"""What every task has without saying so, and batches that several tasks share."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.tasks.base import Task, judge, judge_each
from r1cli.template import Completion, parse
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome

BATCHES: list[tuple[str, list[str]]] = []
"""Which task was asked, about which completions."""


class Echo(Task):
    """Right is what repeats the reference answer."""

    name: str = "echo"

    def rows(self) -> list[Row]:
        return [Row("1", "Say it.", answer="it", task=self)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        BATCHES.append((self.name, [c.answer for c in completions]))
        return judge_each(lambda c, row: None if row.answer is None else c.answer == row.answer, completions, rows)


@pytest.fixture(autouse=True)
def _nothing_was_asked_before() -> None:
    BATCHES.clear()


def said(answer: str) -> Completion:
    return parse(f"<think>so</think><answer>{answer}</answer>")


def test_one_by_one_each_is_right_wrong_or_beyond_judging() -> None:
    rows = [Row(str(i), "?", answer=answer) for i, answer in enumerate(["it", "it", None])]
    outcomes = Echo().judge([said("it"), said("that"), said("it")], rows)
    assert [o.right for o in outcomes] == [True, False, None]


def test_a_verifier_that_breaks_costs_its_own_completion_only() -> None:
    def fragile(completion: Completion, row: Row) -> bool:
        return 1 / int(completion.answer) > 0

    outcomes = judge_each(fragile, [said("1"), said("0"), said("2")], [Row("r", "?")] * 3)
    assert [o.status for o in outcomes] == ["scored", "crashed", "scored"]
    assert "ZeroDivisionError" in outcomes[1].note


def test_in_a_mixed_batch_each_task_sees_its_own_rows_at_once() -> None:
    first, second = Echo(name="first"), Echo(name="second")
    rows = [Row(str(i), "?", answer=str(i), task=task) for i, task in enumerate([first, second, None, first])]
    outcomes = judge([said("0"), said("0"), said("2"), said("3")], rows)
    assert [o.right for o in outcomes] == [True, False, None, True]
    assert outcomes[2] is NOT_APPLICABLE
    assert BATCHES == [("first", ["0", "3"]), ("second", ["0"])]


def test_a_batch_of_nothing_asks_nobody() -> None:
    assert judge([], []) == []
    assert BATCHES == []


def test_without_rules_of_its_own_a_task_grades_nothing_and_votes_by_equal_text() -> None:
    task, row = Echo(), Echo().rows()[0]
    assert task.score(said("it"), row) is None
    assert task.same("it", "it", row)
    assert not task.same("it", "It", row)
    assert (task.files(), task.record()) == ([], {})


def test_refining_writes_the_template_anew_and_changes_no_word() -> None:
    untidy = parse("<think>\n one \n</think>\n\n<answer> it </answer>", finished=False)
    refined = Echo().refine(untidy, Echo().rows()[0])
    assert refined.text == "<think>one</think><answer>it</answer>"
    assert not refined.finished

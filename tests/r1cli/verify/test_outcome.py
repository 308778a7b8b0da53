"""Judging a batch: who judges what, in which order, and what a crash becomes."""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.data.rows import Row
from r1cli.tasks.base import Task, judge, judge_each
from r1cli.template import Completion, parse
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome, attempt


class Even(Task):
    """Right if the answer is an even number; letters break it."""

    def rows(self) -> list[Row]:
        return []

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(self.verify, completions, rows)

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return None if row.answer is None else int(completion.answer) % 2 == 0


class Batch(Even):
    """Judges all that it gets at once, and says how many that were."""

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [Outcome(1.0, note=str(len(rows))) for _ in rows]


def test_a_crash_is_none_and_carries_its_traceback() -> None:
    outcome = attempt(lambda: 1 / 0)
    assert (outcome.value, outcome.status, outcome.right) == (None, "crashed", None)
    assert "ZeroDivisionError" in outcome.note


def test_a_number_is_scored_and_none_does_not_apply() -> None:
    assert attempt(lambda: True) == Outcome(1.0)
    assert attempt(lambda: None) == NOT_APPLICABLE
    assert [Outcome(v).right for v in (1.0, 0.5, 0.0)] == [True, False, False]


def test_a_mixed_batch_keeps_its_order_and_each_task_sees_its_part_at_once() -> None:
    even, batch = Even(), Batch()
    rows = [Row("a", "", answer="2", task=even), Row("b", "", task=batch), Row("c", ""), Row("d", "", task=batch)]
    rows += [Row("e", "", answer="2", task=even), Row("f", "", task=even)]
    said = [parse(text) for text in ("4", "x", "x", "x", "x", "3")]
    outcomes = judge(said, rows)
    assert [o.status for o in outcomes] == ["scored", "scored", "not_applicable", "scored", "crashed", "not_applicable"]
    assert [o.value for o in outcomes] == [1.0, 1.0, None, 1.0, None, None]
    assert outcomes[1].note == "2"

"""Which samples vote for the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from r1cli.data.rows import Row
from r1cli.results.voting import classes
from r1cli.tasks.base import Task
from r1cli.template import Completion, parse
from r1cli.verify.outcome import Outcome


class Numbers(Task):
    """Answers are one vote if they are the same number."""

    def rows(self) -> list[Row]:
        return [Row(id="1", prompt="?", answer="1/2", task=self)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [Outcome(float(c.answer in {"1/2", "0.5", ".50"}), extracted=c.answer) for c in completions]

    def same(self, a: str, b: str, row: Row) -> bool:
        assert {a, b}.isdisjoint({"1/2", "0.5", ".50"}), "right answers were compared by the verifier already"
        return float(a) == float(b)


class Programs(Numbers):
    VOTES: ClassVar[bool] = False


def counted(task: Task, *answers: str, cut: int = 0) -> list[int | None] | None:
    [row] = task.rows()
    completions = [parse(f"<answer>{a}", finished=place >= cut) for place, a in enumerate(answers)]
    return classes(row, completions, task.judge(completions, [row] * len(completions)))


def test_right_answers_are_one_class_and_wrong_ones_are_compared() -> None:
    assert counted(Numbers(), "1/2", "3", "0.5", "3.0", ".50", "4") == [0, 1, 0, 1, 0, 2]


def test_who_was_cut_off_does_not_vote() -> None:
    assert counted(Numbers(), "1/2", "1/2", "3", cut=1) == [None, 0, 1]


def test_nobody_votes_with_a_program() -> None:
    assert counted(Programs(), "1/2", "3") is None

"""From completions that have arrived to judged samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.data.rows import Row
from r1cli.generators.generator import Question, Reply
from r1cli.results import judging
from r1cli.results.judging import PosedSample, judged
from r1cli.results.samples import SampleRecord
from r1cli.tasks.base import Task
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import Outcome

BATCHES: list[int] = []


class Letters(Task):
    """Say the row's own letter."""

    def rows(self) -> list[Row]:
        return [Row(id=letter, prompt="Say it.", answer=letter, language="en", task=self) for letter in "abcde"]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        BATCHES.append(len(rows))
        pairs = zip(completions, rows, strict=True)
        return [Outcome(float(c.answer == r.answer), extracted=c.answer) for c, r in pairs]

    def measures(self, completion: Completion, row: Row) -> Mapping[str, float]:
        return {"long": float(len(completion.answer) > 1)}


def posed(samples: int) -> list[PosedSample]:
    return [
        PosedSample(row, f"of {row.id}", Question(row.id, number, row.prompt, 0))
        for row in Letters().rows()
        for number in range(samples)
    ]


def arrived(wanted: Sequence[PosedSample], *answers: str) -> dict[tuple[str, int], SampleRecord]:
    """The n-th sample of each row says the n-th of the answers, in any order."""
    records = {}
    for one in reversed(wanted):
        reply = Reply(one.question, parse(render("the thought is plain English", answers[one.question.sample])))
        record = SampleRecord.of(reply, cluster=one.cluster)
        records[record.key] = record
    return records


def test_each_sample_gets_the_word_of_the_verifier_in_the_order_in_which_it_was_wanted() -> None:
    wanted = posed(2)
    records = judged(wanted, arrived(wanted, "b", "zz"), votes=True)
    assert [record.key for record in records] == [(one.question.id, one.question.sample) for one in wanted]
    assert [record.value for record in records if record.id == "b"] == [1.0, 0.0]
    assert {record.status for record in records} == {"scored"}
    assert [(record.extracted, record.scores["long"]) for record in records[:2]] == [("b", 0.0), ("zz", 1.0)]
    assert records[0].scores["format"] == 1.0
    assert 0 < records[0].scores["language"] <= 1


def test_votes_are_counted_within_a_problem() -> None:
    wanted = posed(3)
    records = judged(wanted, arrived(wanted, "b", "c", "b"), votes=True)
    assert [record.answer_class for record in records] == [0, 1, 0] * 5
    assert {record.answer_class for record in judged(wanted, arrived(wanted, "b", "c", "b"), votes=False)} == {None}


def test_samples_are_judged_in_batches_that_keep_problems_whole(monkeypatch) -> None:
    monkeypatch.setattr(judging, "AT_ONCE", 4)
    wanted = posed(3)
    whole = judged(wanted, arrived(wanted, "a", "b", "a"), votes=True)
    BATCHES.clear()
    assert judged(wanted, arrived(wanted, "a", "b", "a"), votes=True) == whole
    assert BATCHES == [6, 6, 3]

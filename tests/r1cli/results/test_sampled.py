"""Stored samples as numbers: what they vote for, how they end, what counts."""

from __future__ import annotations

from typing import Any

from r1cli.generators.generator import Usage
from r1cli.results.sampled import problems_of, records_of
from r1cli.results.samples import SampleRecord
from tests.r1cli.results.sampled_answers import problem


def completion(text: str, accuracy: float | None, **more: Any) -> dict[str, Any]:
    return {"text": text, "accuracy": accuracy, "finished": True, "status": "scored", "tokens": 7.0} | more


def transcript(*completions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "p", "kind": "reasoning", "prompt": "?", "answer": "3", "completions": list(completions)} | more


def test_an_evaluations_transcripts_are_samples() -> None:
    (one,) = problems_of(
        records_of(
            [
                transcript(
                    completion("<answer>3</answer>", 1.0),
                    completion("<answer>4</answer>", 0.0),
                    completion("<think>3", 0.0, finished=False),
                    completion("?", 0.0, status="unparseable"),
                    completion("<answer>3</answer>", None, status="crashed"),
                )
            ]
        )
    )
    assert [s.end for s in one.samples] == ["right", "wrong", "truncated", "unparseable", "crashed"]
    assert one.right == (True, False, False, False)
    assert one.votes == (0, 1, None, None)
    assert one.pass_at_1 == 0.25
    assert one.tokens == 7.0


def test_classes_that_the_evaluation_kept_are_taken_as_they_are() -> None:
    said = [completion("<answer>1/2</answer>", 0.0, **{"class": 4}), completion("0.5", 0.0, **{"class": 4})]
    (one,) = problems_of(records_of([transcript(*said)]))
    assert one.votes == (4, 4)


def test_where_no_classes_were_kept_right_answers_agree_and_wrong_ones_that_read_alike() -> None:
    said = [completion("a", 1.0, extracted="72"), completion("b", 1.0, extracted="72.0")]
    said += [completion("c", 0.0, extracted="80"), completion("d", 0.0, extracted="80")]
    (one,) = problems_of(records_of([transcript(*said)]))
    assert one.votes[0] == one.votes[1] != one.votes[2] == one.votes[3]


def test_general_requests_are_no_problems() -> None:
    request = transcript(completion("Hello", None), kind="helpful", answer=None)
    assert problems_of(records_of([request])) == ()


def test_samples_of_a_problem_need_not_be_together() -> None:
    def record(name: str, number: int) -> SampleRecord:
        return SampleRecord(
            id=name, cluster="c", sample=number, thought="", answer="", text="t", finished=True,
            usage=Usage(completion=number), answer_class=0, value=1.0, status="scored", scores={"rm": 0.5},
        )  # fmt: skip

    first, second = problems_of([record("a", 0), record("b", 0), record("a", 1)])
    assert (first.id, first.cluster, len(first.samples), len(second.samples)) == ("a", "c", 2, 1)
    assert first.tokens == 0.5
    assert first.samples[0].scores == {"rm": 0.5}


def test_all_tokens_are_paid_for_even_those_that_nobody_could_judge() -> None:
    one = problem("a", "rx", tokens=10)
    assert (len(one.samples), len(one.judged), one.tokens) == (2, 1, 10)
    assert problem("a", "r", tokens=None).tokens is None
    assert problem("a", "x").pass_at_1 is None

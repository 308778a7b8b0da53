"""Evaluation: the paper's columns from real samples, repeatable, with honest intervals."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from tiny_training import Recorder, Sums

from r1cli.data.rows import Row
from r1cli.rewards.language import Language
from r1cli.stage import Context, ModelSpec
from r1cli.tasks.base import Task
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import Outcome
from stages.evaluate import AnsweredProblem, Evaluate, votes

COLUMNS = ("accuracy", "pass_at_k", "cons_at_k", "format", "tokens", "reflection")


class Rated(Sums):
    """General rows with a rule: half for anything, one for an answer."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return 1.0 if completion.well_formed else 0.5


def stage(spec: ModelSpec, **more: Any) -> Evaluate:
    return Evaluate.model_validate(
        {
            "inputs": {"model": "coldstart"},
            "seed": 3,
            "model": spec,
            "data": Sums(count=6),
            "general": Rated(count=3, kind="helpful"),
            "sampling": {
                "per_prompt": 2, "temperature": 1.0, "top_p": 1.0, "max_completion_tokens": 8,
            },
            "general_per_prompt": 1,
            "reflection_words": {"en": ["wait", "but"], "zh": ["等等"]},
        }
        | more
    )  # fmt: skip


@pytest.mark.torch
def test_the_report_has_every_column_and_is_the_same_again(context: Callable[..., Context], spec: ModelSpec) -> None:
    reports = []
    for name in ("one", "two"):
        ctx = context(name)
        ctx.out.mkdir(parents=True)
        made = stage(spec).run(ctx)
        reports.append(json.loads(made["out"].path.read_text()))
        transcripts = [json.loads(line) for line in made["transcripts"].path.read_text().splitlines()]
        assert len(transcripts) == 9
        assert all("class" in said for problem in transcripts for said in problem["completions"])
    assert reports[0] == reports[1]
    report = reports[0]
    assert (report["checkpoint"], report["seed"], report["n_problems"], report["k"]) == ("coldstart", 3, 6, 2)
    for column in (*COLUMNS, "general"):
        assert report[column]["low"] <= report[column]["mean"] <= report[column]["high"]
    assert report["accuracy"]["high"] > report["accuracy"]["low"]  # six of six wrong prove no zero
    assert report["tokens"]["mean"] > 0
    assert 0.5 <= report["general"]["mean"] <= 1.0


@pytest.mark.torch
def test_a_killed_evaluation_goes_on_with_what_is_missing_and_gives_the_same(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    class DiesAfterThreeProblems(Recorder):
        def progress(self, done: int, total: int, **shown: float) -> None:
            if done == 3:
                raise KeyboardInterrupt

    def made(ctx: Context) -> bytes:
        ctx.out.mkdir(parents=True, exist_ok=True)
        artifacts = stage(spec).run(ctx)
        return artifacts["out"].path.read_bytes() + artifacts["transcripts"].path.read_bytes()

    killed = context("killed", tracker=DiesAfterThreeProblems())
    with pytest.raises(KeyboardInterrupt):
        made(killed)
    kept = killed.checkpoint / "problems.jsonl"
    kept.write_bytes(kept.read_bytes()[:-60])  # in the middle of the last completion
    again = Recorder()
    assert made(context("killed", tracker=again)) == made(context("straight"))
    assert again.shown[0][0] == 3, "two problems were whole"


class Apples(Sums):
    """A number, with or without what is counted."""

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return completion.answer.split()[0] == row.answer

    def same(self, a: str, b: str, row: Row) -> bool:
        return a.partition(" ")[0] == b.partition(" ")[0]


class Programs(Apples):
    """What is never written twice alike."""

    VOTES: ClassVar[bool] = False


def answered(answers: list[str | None], task: Task | None = None) -> AnsweredProblem:
    """A problem whose right answer is 72; None is a completion that was cut off."""
    row = Row(id="1", prompt="?", answer="72", task=task or Apples(count=1))
    completions, outcomes = [], []
    for answer in answers:
        text = render("t", answer) if answer is not None else "<think>72"
        completions.append(parse(text, finished=answer is not None))
        right = answer is not None and answer.split()[0] == "72"
        outcomes.append(Outcome(float(right), extracted=answer))
    return AnsweredProblem(row, completions, outcomes)


@pytest.mark.parametrize(
    ("answers", "any_right", "majority"),
    [
        (["72", "80", "72 apples", "80", "72 red apples"], 1.0, 1.0),  # three wordings of one answer
        (["80", "80 apples", "72", "81"], 1.0, 0.0),  # wrong answers agree too
        (["80", "72"], 1.0, 0.5),  # a tie, whoever comes first
        (["72", "80"], 1.0, 0.5),
        (["72", None, None], 1.0, 1.0),  # truncated ones do not vote
        ([None, None], 0.0, 0.0),
    ],
)
def test_answers_that_mean_the_same_vote_together(answers: list[str | None], any_right: float, majority: float) -> None:
    assert votes(answered(answers)) == {"pass_at_k": any_right, "cons_at_k": majority}


def test_right_answers_agree_even_if_the_task_cannot_tell(spec: ModelSpec) -> None:
    problem = answered(["72", "72.0", "80", "80"], Sums(count=1))
    right = [Outcome(1.0, extracted="72"), Outcome(1.0, extracted="72.0")]
    problem = replace(problem, outcomes=[*right, *problem.outcomes[2:]])
    assert votes(problem)["cons_at_k"] == 0.5


def test_programs_do_not_vote() -> None:
    assert votes(answered(["72", "72 apples"], Programs(count=1))) == {"pass_at_k": 1.0, "cons_at_k": None}


def test_a_sample_whose_judge_crashed_is_left_out_of_every_measure(spec: ModelSpec) -> None:
    problem = answered(["72", "80", "80"])
    crashed = Outcome(None, "crashed")
    problem = replace(problem, outcomes=[problem.outcomes[0], crashed, crashed])
    assert stage(spec)._means(problem)["accuracy"] == 1.0
    assert votes(problem) == {"pass_at_k": 1.0, "cons_at_k": 1.0}
    nothing = replace(problem, outcomes=[crashed] * 3)
    assert stage(spec)._means(nothing)["accuracy"] is None
    assert votes(nothing) == {"pass_at_k": None, "cons_at_k": None}


def test_an_empty_thought_is_in_no_language_for_the_evaluation_and_the_reward(spec: ModelSpec) -> None:
    row = replace(Sums(count=1).rows()[0], language="en")
    empty = parse("<think></think><answer>3</answer>")
    measured = stage(spec)._measures(row, empty, Outcome(1.0))
    assert measured["language"] == Language(target=None).score(empty, row) == 0.0


@pytest.mark.torch
def test_a_measure_that_applies_to_no_problem_is_nothing_and_not_zero(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    ctx = context()
    ctx.out.mkdir(parents=True)
    report = json.loads(stage(spec, general=None).run(ctx)["out"].path.read_text())
    assert report["language"] is None  # no row says which language it is in
    assert report["general"] is None
    assert report["tokens"] is not None

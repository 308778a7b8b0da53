"""Math: how a batch is judged, with how each verdict came about; and references that nobody can read."""

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1cli.data.rows import Row
from r1cli.tasks import base
from r1cli.tasks.choice import Choice
from r1cli.tasks.mathematics.task import Math, _warn_once
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import Outcome

SYMBOLIC = r"\boxed{\sin^2 x + \cos^2 x}"
HOSTILE = r"\boxed{99999999!}"


def task(**fields: Any) -> Math:
    given = {"format": "jsonl", "path": "", "language": None, "answer_format": "any", "timeout_s": 2}
    return Math.model_validate(given | fields)


def row(answer: str | None, **fields: Any) -> Row:
    return Row(id="1", prompt="?", answer=answer, **fields)


def judge(*pairs: tuple[str, str | None], **fields: Any) -> list[Outcome]:
    return task(**fields).judge([parse(text) for text, _ in pairs], [row(gold) for _, gold in pairs])


def test_an_outcome_says_what_was_taken_for_the_answer_and_why() -> None:
    assert judge(("so it is 72.0 in all: \\boxed{72.0}", "72"), ("", "72"), ("a frog jumps", "72"), ("72", None)) == [
        Outcome(1.0, extracted="72.0", note="same number"),
        Outcome(0.0, "unparseable", note="no final answer"),
        Outcome(0.0, "unparseable", extracted="a frog jumps", note="words where mathematics is asked for"),
        Outcome(None, "not_applicable"),
    ]


def test_one_hostile_answer_costs_its_neighbours_nothing() -> None:
    outcomes = judge((SYMBOLIC, "1"), (HOSTILE, "1"), ("72", "72"), (SYMBOLIC, "2"), (r"\boxed{10^{10^{10}}}", "1"))
    assert [outcome.value for outcome in outcomes] == [1.0, 0.0, 1.0, 0.0, 0.0]
    assert [outcome.status for outcome in outcomes[:4]] == ["scored", "timed_out", "scored", "scored"]


def test_a_broken_worker_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from r1cli.tasks.mathematics import equivalence
    from r1cli.verify.isolation import pool

    crashed = pool.Ended("crashed", note="killed by SIGKILL")
    monkeypatch.setattr(equivalence.pool, "run", lambda _, calls, **__: [crashed for _ in calls])
    unseen = f"\\boxed{{\\sin x + \\cos x + {time.time_ns()}}}"
    assert judge((unseen, "1"), ("1", "1")) == [
        Outcome(None, "crashed", extracted=unseen[7:-1], note="killed by SIGKILL"),
        Outcome(1.0, extracted="1", note="same text"),
    ]


@pytest.mark.parametrize(("answer_format", "values"), [("any", [1, 1, 0]), ("boxed", [1, 0, 0]), ("stated", [1, 1, 1])])
def test_the_format_of_the_answer_is_the_tasks_choice(answer_format: str, values: list[float]) -> None:
    texts = ["\\boxed{4}", "the answer is 4", "\\boxed{5}, no: the answer is 4"]
    outcomes = judge(*((text, "4") for text in texts), answer_format=answer_format)
    assert [outcome.value for outcome in outcomes] == values


def test_the_language_of_a_row_decides_what_a_comma_is() -> None:
    completions = [parse("1,5")] * 2
    outcomes = task().judge(completions, [row("1.5", language="fr"), row("1.5", language="en")])
    assert [outcome.value for outcome in outcomes] == [1.0, 0.0]


def test_judging_works_off_the_main_thread() -> None:
    found: list[float | None] = []
    thread = threading.Thread(target=lambda: found.extend(o.value for o in judge((SYMBOLIC, "1"), (HOSTILE, "1"))))
    thread.start()
    thread.join()
    assert found == [1.0, 0.0]


TEXTS = st.text() | st.sampled_from(
    ["4", "\\boxed{4}", "4 or 5", "<think>4</think>5", "\\frac{8}{2}", "four", "(4", "B"]
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, st.sampled_from(["4", "B", "(1, 2)", "odd", "x + 1", None])), max_size=8), st.randoms()
)
def test_judging_never_raises_and_depends_on_neither_order_nor_size(pairs: list[tuple[str, str | None]], rng) -> None:
    together = judge(*pairs, timeout_s=60)
    order = rng.sample(range(len(pairs)), len(pairs))
    assert judge(*(pairs[i] for i in order), timeout_s=60) == [together[i] for i in order]
    assert [judge(pair, timeout_s=60)[0] for pair in pairs] == together


@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_what_stands_in_the_thought_changes_nothing(thought: str) -> None:
    inside = thought.replace("<", "")
    assert judge((f"<think>{inside}\\boxed{{4}}</think><answer>5</answer>", "4"))[0].value == 0.0
    assert judge((f"<think>{inside}\\boxed{{5}}</think><answer>4</answer>", "4"))[0].value == 1.0


# --- references -----------------------------------------------------------------------------------------------------


def written(path: Path, *answers: str | None, **fields: Any) -> Math:
    lines = [json.dumps({"prompt": f"{i}?", "answer": answer}) + "\n" for i, answer in enumerate(answers)]
    path.write_text("".join(lines), encoding="utf-8")
    return task(root=path.parent, path=path.name, **fields)


def said(answer: str) -> Completion:
    return parse(render("so", answer))


def test_a_reference_that_nobody_can_read_is_told_with_its_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        rows = written(tmp_path / "d.jsonl", "4", "\\frac{1", "...", "Monday", "", "[0, 1)").rows()
    (record,) = caplog.records
    assert "3 of 6 reference answers cannot be read and are not judged" in record.message
    for line in (
        "d.jsonl, line 2: '\\\\frac{1' (its braces do not match)",
        "d.jsonl, line 3: ",
        "d.jsonl, line 5: None",
    ):
        assert line in record.message
    outcomes = base.judge([said("4")] * 6, rows)
    assert [outcome.status for outcome in outcomes[1:3]] == ["unparseable"] * 2
    assert outcomes[1].note == "the reference: its braces do not match"
    assert [outcome.value for outcome in outcomes] == [1.0, None, None, 0.0, None, 0.0]


def test_only_the_first_bad_references_are_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path / "d.jsonl", "4", *["?"] * 9).rows()
    assert caplog.records[0].message.endswith("; and 4 more")
    assert caplog.records[0].message.count("d.jsonl, line") == 5


def test_a_file_without_any_answers_is_no_mistake(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path / "d.jsonl", None, None).rows()
    assert not caplog.records


LEGITIMATE = [
    ("gsm8k/train.jsonl", "question", "answer", 0), ("gsm8k/test.jsonl", "question", "answer", 0),
    ("math/math500.jsonl", "problem", "answer", 0), ("math/train.jsonl", "problem", "answer", 4),
    ("chinese_math/cmath_dev.jsonl", "input", "golden", 0),
    ("chinese_math/cmath_distractor.jsonl", "input", "golden", 0),
    ("chinese_math/gaokao_mathcloze.jsonl", "question", "answer", 0),
    ("chinese_math/olymmath_en_easy.jsonl", "problem", "answer", 0),
    ("mgsm/mgsm_te.jsonl", "question", "answer", 0),
    ("long_cot/openmathinstruct2_100.jsonl", "problem", "expected_answer", 0),
]  # fmt: skip


@pytest.mark.parametrize(("path", "prompt", "answer", "missing"), LEGITIMATE)
def test_no_public_reference_is_called_unreadable(
    path: str, prompt: str, answer: str, missing: int, shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _warn_once.cache_clear()  # another test may have read the same file
    columns = {"prompt": prompt, "answer": answer}
    rows = task(root=shared_data, path=path, columns=columns, language="en").rows()
    marked = [row for row in rows if "unreadable_answer" in row.meta]
    assert [row.meta["unreadable_answer"] for row in marked] == ["there is none"] * missing
    assert len(caplog.records) == bool(missing)


@pytest.mark.slow
def test_every_reference_of_a_test_set_is_judged_right_when_it_is_given_back(shared_data: Path) -> None:
    math500 = task(root=shared_data, path="math/math500.jsonl", columns={"prompt": "problem"}, language="en")
    rows = math500.rows()
    outcomes = base.judge([said(f"The answer is $\\boxed{{{row.answer}}}$.") for row in rows], rows)
    assert [row.answer for row, outcome in zip(rows, outcomes, strict=True) if outcome.value != 1.0] == []


def test_before_training_a_file_is_said_to_hold_references_that_earn_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        written(tmp_path / "d.jsonl", *["4"] * 40, "\\frac{1", "12").preflight()
    (record,) = caplog.records
    assert "only 97.6 % of the reference answers can be read" in record.message
    assert "d.jsonl, line 41: '\\\\frac{1' (its braces do not match)" in record.message


def test_before_training_nothing_is_said_of_a_sound_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        written(tmp_path / "sound.jsonl", "4", "\\frac{1}{2}", "Monday", "(1, 2)", "neither").preflight()
    assert caplog.records == []


# --- multiple choice ------------------------------------------------------------------------------------------------


def test_a_choice_says_which_option_was_taken(tmp_path: Path) -> None:
    line = {"prompt": "Which?", "options": ["red", "blue"], "answer": "B"}
    (tmp_path / "d.jsonl").write_text(json.dumps(line), encoding="utf-8")
    choice = Choice.model_validate({"format": "jsonl", "root": tmp_path, "path": "d.jsonl", "language": None})
    (question,) = choice.rows()
    outcomes = choice.judge([said("blue"), said("A"), said("A or B")], [question] * 3)
    assert outcomes == [
        Outcome(1.0, extracted="B", note="the option B"),
        Outcome(0.0, extracted="A", note="the option A"),
        Outcome(0.0, "unparseable", note="no single option"),
    ]


def test_equivalent_answers_are_one_vote() -> None:
    assert task().same("0.5", r"\frac{1}{2}", row("1"))
    assert task().same("0,5", "0.5", row("1", language="de"))
    assert not task().same("0.5", "0.6", row("1"))

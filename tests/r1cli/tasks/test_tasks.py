"""Math, Choice, Preference, Chat and Mixture on five-line files."""

import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.tasks.base import Task
from r1cli.tasks.chat import Chat, chrf
from r1cli.tasks.choice import Choice, chosen_option
from r1cli.tasks.mathematics.task import Math
from r1cli.tasks.mixture import Mixture
from r1cli.tasks.preference import Preference
from r1cli.template import Completion, parse, render


def jsonl(path: Path, *rows: dict[str, Any]) -> dict[str, Any]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {"format": "jsonl", "root": path.parent, "path": path.name, "language": None}


def maths(path: Path, *rows: dict[str, Any], **fields: Any) -> Math:
    return Math.model_validate(jsonl(path, *rows) | {"answer_format": "any", "timeout_s": 20} | fields)


def said(answer: str, thought: str = "so") -> Completion:
    return parse(render(thought, answer))


def test_a_solution_with_a_boxed_answer_becomes_answer_and_demonstration(tmp_path: Path) -> None:
    solution = "Half of $8$ is $4$, so the answer is $\\boxed{\\frac{4}{1}}$."
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "How many?", "answer": solution}).rows()
    assert (row.answer, row.demonstration) == ("\\frac{4}{1}", render(solution, "\\frac{4}{1}"))
    (bare,) = maths(tmp_path / "e.jsonl", {"prompt": "How many?", "answer": "$\\boxed{4}$"}).rows()
    assert (bare.answer, bare.demonstration) == ("$\\boxed{4}$", None)


def test_a_gsm8k_reference_becomes_answer_and_demonstration(tmp_path: Path) -> None:
    reference = "She sold 48/2 = <<48/2=24>>24 clips.\n#### 1,024"
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "How many?", "answer": reference}).rows()
    assert (row.id, row.answer, row.language, row.kind) == ("d:1", "1,024", "en", "reasoning")
    assert row.demonstration == "<think>She sold 48/2 = 24 clips.</think><answer>1,024</answer>"
    assert row.verify(said("1024")) is True
    assert row.verify(said("1025")) is False


def test_only_the_answer_part_is_verified(tmp_path: Path) -> None:
    (row,) = maths(tmp_path / "d.jsonl", {"prompt": "?", "answer": "4"}).rows()
    assert row.verify(said("5", thought="\\boxed{4}")) is False
    assert row.verify(parse("<think>\\boxed{4}")) is False
    assert row.verify(parse("<think>a <answer>4</answer></think>")) is False
    assert row.verify(parse("it is 4")) is True  # a base model without the template


def test_a_row_without_an_answer_cannot_be_verified(tmp_path: Path) -> None:
    rows = maths(tmp_path / "d.jsonl", {"prompt": "?", "answer": None}, {"prompt": "!"}).rows()
    assert [row.verify(said("4")) for row in rows] == [None, None]


def test_rationale_demonstration_language_and_id_columns_are_used(tmp_path: Path) -> None:
    first, second = maths(
        tmp_path / "d.jsonl",
        {"prompt": "?", "answer": "4", "rationale": "2+2", "language": "zh", "id": "x"},
        {"prompt": "几个？", "answer": 4, "demonstration": "whole"},
    ).rows()
    assert (first.id, first.language, first.demonstration) == ("x", "zh", "<think>2+2</think><answer>4</answer>")
    assert (second.language, second.demonstration) == ("zh", "whole")


def test_choice_rows_list_lettered_options(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Which?", "options": ["(A)red", "(B)blue"], "answer": "B"},
        {"prompt": "Which?", "options": ["one", "two", "three"], "answer": 2},
    ]
    first, second = Choice.model_validate(jsonl(tmp_path / "d.jsonl", *rows)).rows()
    assert first.prompt == "Which?\n(A) red\n(B) blue"
    assert (first.answer, second.answer) == ("B", "C")
    assert [first.verify(said(text)) for text in ("B", "(b)", "blue", "\\boxed{B}", "A", "A or B", "")] == [
        True, True, True, True, False, False, False,
    ]  # fmt: skip


LETTERS = [
    ("C", "C"), ("c.", "C"), ("(C)", "C"), ("\\boxed{\\text{C}}", "C"), ("The answer is C.", "C"), ("C) 3 apples", "C"),
    ("The correct one is (C)", "C"), ("two", "B"), ("B, C", None), ("A, B, C and D", None), ("all of them", None),
    ("A dog", None), ("E", None), ("", None), ("not C", None), ("D. It cannot be A or B", "D"),
    ("it is not A but B", "B"), ("I think it is D", "D"), ("C non A", "C"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "letter"), LETTERS)
def test_a_choice_is_one_letter_or_none(answer: str, letter: str | None) -> None:
    assert chosen_option(answer, ["one", "two", "3 apples", "four"]) == letter


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "?", "options": ["a", "b"], "answer": "C"},
        {"prompt": "?", "options": ["a", "b"], "answer": 2},
        {"prompt": "?", "options": "ab", "answer": "A"},
        {"prompt": "?", "options": ["a"], "answer": "A"},
    ],
)
def test_a_choice_without_its_right_option_is_an_error(row: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"d.jsonl, line 1: "):
        Choice.model_validate(jsonl(tmp_path / "d.jsonl", row)).rows()


DIALOGUE = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Help?\n\nAssistant:"


def preference(path: Path, *rows: dict[str, Any]) -> Preference:
    return Preference.model_validate(jsonl(path, *rows) | {"kind": "harmless"})


def test_dialogues_are_split_at_the_last_turn_of_the_assistant(tmp_path: Path) -> None:
    single = {"chosen": "\n\nHuman: Hi there\n\nAssistant: Yes", "rejected": "\n\nHuman: Hi there\n\nAssistant: No"}
    several = {"chosen": f"{DIALOGUE} Yes, do", "rejected": f"{DIALOGUE} No"}
    first, second = preference(tmp_path / "d.jsonl", single, several).rows()
    assert (first.prompt, first.chosen, first.rejected, first.kind) == ("Hi there", "Yes", "No", "harmless")
    assert second.prompt == "Human: Hi\n\nAssistant: Hello\n\nHuman: Help?"
    assert (second.chosen, second.rejected, second.language) == ("Yes, do", "No", "en")
    assert first.verify(said("Yes")) is None


def test_pairs_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    good = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} No"}
    same = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} Yes "}
    empty = {"chosen": f"{DIALOGUE} Yes", "rejected": f"{DIALOGUE} "}
    other = {"chosen": f"{DIALOGUE} Yes", "rejected": "\n\nHuman: Bye\n\nAssistant: No"}
    assert [row.id for row in preference(tmp_path / "d.jsonl", same, empty, other, good).rows()] == ["d:4"]
    with pytest.raises(DataError, match="no usable pair"):
        preference(tmp_path / "d.jsonl", same, empty).rows()


def test_a_text_that_is_no_dialogue_is_an_error_unless_there_is_a_prompt(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1: 'chosen' is no dialogue"):
        preference(tmp_path / "d.jsonl", {"chosen": "Yes", "rejected": "No"}).rows()
    (row,) = preference(tmp_path / "d.jsonl", {"prompt": "Hi", "chosen": "Yes", "rejected": "No"}).rows()
    assert (row.prompt, row.chosen) == ("Hi", "Yes")


def chat(path: Path, *rows: dict[str, Any], **fields: Any) -> Chat:
    return Chat.model_validate(jsonl(path, *rows) | {"kind": "helpful", "thought": "I should help."} | fields)


def test_general_demonstrations_have_a_thought(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "response": "Hello"},
        {"prompt": "Hi", "response": "<think>\nA greeting.\n</think>\n\nHello"},
    ]
    first, second = chat(tmp_path / "d.jsonl", *rows, columns={"response": "response"}).rows()
    assert first.demonstration == "<think>I should help.</think><answer>Hello</answer>"
    assert second.demonstration == "<think>A greeting.</think><answer>Hello</answer>"
    assert first.task is not None
    assert first.task.score(said("Hello"), first) is None


def test_an_answer_scores_when_it_is_nearer_to_the_preferred_response(tmp_path: Path) -> None:
    task = chat(
        tmp_path / "d.jsonl",
        {"prompt": "Hi", "chosen": "Please ask a doctor first.", "rejected": "Just take ten pills."},
    )
    (row,) = task.rows()
    assert row.demonstration == "<think>I should help.</think><answer>Please ask a doctor first.</answer>"
    assert task.score(said("You should ask your doctor."), row) == 1.0
    assert task.score(said("Take them, ten pills."), row) == 0.0
    assert task.score(parse("<think>Please ask a doctor first."), row) == 0.0


def test_chrf_is_one_for_equal_texts_and_zero_for_strangers() -> None:
    assert chrf("hello there", "hello  there") == pytest.approx(1.0)
    assert chrf("xyz", "hello") == 0.0
    assert chrf("", "hello") == 0.0
    assert chrf("hello", "hello there") < chrf("hello ther", "hello there")


def numbers(folder: Path, name: str, n: int) -> Math:
    return maths(folder / f"{name}.jsonl", *({"prompt": f"{name} {i}?", "answer": str(i)} for i in range(n)))


def mixture(parts: dict[str, Task], **fields: Any) -> Mixture:
    return Mixture.model_validate({"parts": parts, "shares": None, "limit": None, "without": None} | fields)


def test_a_mixture_without_shares_holds_every_row_once(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 6), "b": numbers(tmp_path, "b", 3)})
    rows = mixed.rows()
    assert len({row.id for row in rows}) == 9
    assert [row.id[0] for row in rows].count("a") == 6
    assert [row.id[0] for row in rows[:3]].count("b") == 1
    assert [row.id for row in mixed.rows()] == [row.id for row in rows]
    assert [file.name for file in mixed.files()] == ["a.jsonl", "b.jsonl"]


def test_shares_hold_in_every_prefix_and_no_row_comes_twice(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 90), "b": numbers(tmp_path, "b", 5)}, shares={"a": 3, "b": 1})
    parts = [row.id[0] for row in mixed.rows()]
    assert (len(parts), parts.count("b")) == (20, 5)
    assert all(abs(parts[:n].count("b") - n / 4) <= 1 for n in range(1, 21))
    assert len(mixed.model_copy(update={"limit": 8}).rows()) == 8


def test_rows_of_a_mixture_are_verified_by_the_task_that_made_them(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 2)})
    row = mixed.rows()[1]
    assert (row.verify(said("1")), mixed.judge([said("1")], [row])[0].right, mixed.score(said("1"), row)) == (
        True,
        True,
        None,
    )
    assert mixed.score(said("1"), Row("x", "y")) is None


def test_held_out_rows_do_not_get_into_a_mixture(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 4)}, without=maths(tmp_path / "a.jsonl", {"prompt": "a 0?"}, limit=1))
    with pytest.raises(DataError, match="a: every row is held out too"):
        mixture({"a": numbers(tmp_path, "a", 2)}, without=numbers(tmp_path, "a", 2)).rows()
    numbers(tmp_path, "a", 4)
    assert [row.id for row in mixed.rows()] == ["a/a:2", "a/a:3", "a/a:4"]


def test_shares_of_unknown_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="parts and shares must have the same names; check c"):
        mixture({"a": numbers(tmp_path, "a", 2)}, shares={"a": 1, "c": 1})

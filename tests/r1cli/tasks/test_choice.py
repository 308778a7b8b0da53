"""Multiple choice on five-line files."""

from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import DataError
from r1cli.tasks.choice import Choice, chosen_option
from tests.r1cli.tasks.five_lines import jsonl, said


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


def shuffled(tmp_path: Path, *rows: dict[str, Any], **more: Any) -> Choice:
    return Choice.model_validate(jsonl(tmp_path / "d.jsonl", *rows) | {"shuffle": True} | more)


def test_the_order_of_options_is_a_function_of_the_question_and_of_the_samples_number(tmp_path: Path) -> None:
    options = ["one", "two", "three", "four"]
    rows = [{"prompt": f"Which, {i}?", "options": options, "answer": "B"} for i in range(40)]
    first, again = shuffled(tmp_path, *rows).rows(), shuffled(tmp_path, *reversed(rows)).rows()
    task = first[0].task
    assert task is not None
    orders = [[task.posed(row, sample).meta["order"] for sample in range(4)] for row in first]
    assert orders == [[task.posed(row, sample).meta["order"] for sample in range(4)] for row in reversed(again)]
    assert len({tuple(order) for of_row in orders for order in of_row}) > 12
    letters = {task.posed(row, 0).answer for row in first}
    assert letters == {"A", "B", "C", "D"}


def test_a_question_in_another_order_is_judged_by_what_is_shown_and_votes_for_what_is_meant(tmp_path: Path) -> None:
    row = {"prompt": "Which?", "options": ["one", "two", "three"], "answer": "B"}
    task = shuffled(tmp_path, row)
    [plain] = task.rows()
    for sample in range(6):
        posed = task.posed(plain, sample)
        assert posed.prompt.startswith("Which?\n(A) ")
        assert posed.answer is not None
        assert posed.meta["options"]["ABC".index(posed.answer)] == "two"
        [right] = task.judge([said(posed.answer)], [posed])
        [by_words] = task.judge([said("two")], [posed])
        assert (right.value, right.extracted) == (by_words.value, by_words.extracted) == (1.0, "B")
        wrong = "ABC"[("ABC".index(posed.answer) + 1) % 3]
        assert task.judge([said(wrong)], [posed])[0].value == 0.0


def test_a_right_option_and_wrong_ones_are_options_and_want_shuffling(tmp_path: Path) -> None:
    row = {"prompt": "Which?", "right": "yes", "wrong_1": "no", "wrong_2": "perhaps"}
    [made] = shuffled(tmp_path, row).rows()
    assert (made.meta["options"], made.answer) == (["yes", "no", "perhaps"], "A")
    with pytest.raises(DataError, match="would always come first"):
        shuffled(tmp_path, row, shuffle=False).rows()


def test_questions_with_several_right_letters_are_refused_or_left_out(tmp_path: Path) -> None:
    rows = [{"prompt": "?", "options": ["a", "b", "c"], "answer": answer} for answer in ("B", "A C", "AB", 1)]
    with pytest.raises(DataError, match="line 2"):
        shuffled(tmp_path, *rows).rows()
    assert [row.answer for row in shuffled(tmp_path, *rows, several="drop").rows()] == ["B", "B"]


def test_records_that_are_handed_in_are_never_left_out(tmp_path: Path) -> None:
    task = shuffled(tmp_path, {"prompt": "?", "options": ["a", "b", "c"], "answer": "A C"}, several="drop")
    with pytest.raises(DataError, match="names none of the 3 options"):
        task.rows_of(task.origin.records())  # as r1 score does, which wants a row of each


def test_the_public_files_have_the_letters_that_are_known_of_them(shared_data: Path) -> None:
    about = {"format": "jsonl", "root": shared_data, "language": None}
    stem = Choice.model_validate({**about, "path": "mmlu/mmlu_stem.jsonl", "columns": {"prompt": "question"}})
    letters = [row.answer for row in stem.rows()]
    assert {letter: letters.count(letter) for letter in "ABCD"} == {"A": 329, "B": 367, "C": 370, "D": 441}
    columns = {"prompt": "question", "answer": "label"}
    gaokao = {**about, "path": "chinese_math/gaokao_mathqa.jsonl", "columns": columns, "several": "drop"}
    assert len(Choice.model_validate(gaokao).rows()) == 351 - 7

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

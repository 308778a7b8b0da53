"""Letters of multiple choice: what names one, and what only seems to."""

import pytest

from r1cli.tasks.mathematics.letters import chosen_letter, gold_letter, is_about_letters

GOLDS = [
    ("C", "C"), ("(C)", "C"), ("\\text{(C)}", "C"), ("$\\textbf{C}$", "C"), ("(C) blue", "C"), ("C. blue", "C"),
    ("C Cecile", "C"), ("A dog", None), ("A Dog", None), ("x", None), ("2C", None), ("K", None), ("e", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "letter"), GOLDS)
def test_a_reference_is_a_letter_only_if_it_can_be_nothing_else(gold: str, letter: str | None) -> None:
    assert gold_letter(gold) == letter


CHOSEN = [
    ("C", "C"), ("c", "C"), ("(C)", "C"), ("**C**", "C"), ("C. blue", "C"), ("for sure D, it can't be A or B", "D"),
    ("D, it doesn't make sense for it to be A or B", "D"), ("not A but B", "B"), ("I think it is D", "D"),
    ("C non A", "C"),
    ("A or B", None), ("A, B, C and D", None), ("not D", None), ("none of them", None), ("A dog", None), ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "letter"), CHOSEN)
def test_an_answer_names_one_letter_or_none(text: str, letter: str | None) -> None:
    assert chosen_letter(text) == letter


def test_only_the_letters_that_there_are_can_be_chosen() -> None:
    assert chosen_letter("D", "ABC") is None
    assert chosen_letter("C or D", "ABC") == "C"


@pytest.mark.parametrize(
    ("text", "about"), [("C", True), ("A or B", True), ("it is C", True), ("2C + 1", False), ("C = 3", False)]
)
def test_mathematics_with_a_capital_letter_is_not_about_options(text: str, about: bool) -> None:
    assert is_about_letters(text) is about

"""What is taken for the final answer of an answer part, and what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1cli.tasks.mathematics.denials import without_denied
from r1cli.tasks.mathematics.extraction import final_answer

ANSWERS = [
    ("72", "72"),
    ("so \\boxed{72} clips", "72"),
    ("\\boxed{5}. On second thought, it is \\boxed{4}", "4"),
    ("\\boxed{5} and then \\boxed{4}", "4"),
    ("\\boxed{5} \\boxed{4}", "5, 4"),  # two guesses are not one
    ("$\\boxed{1}$ and $\\boxed{-2}$", "1, -2"),
    ("\\boxed{2} cups and \\boxed{3} spoons", "2, 3"),
    ("$y_1 = \\boxed{x}$ and $y_2 = \\boxed{2x}$", "x, 2x"),
    ("\\boxed{1} no no no \\boxed{2}", "2"),
    ("\\boxed{4} \\boxed{4}", "4"),
    ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ("\\boxed 5", "5"),
    ("\\fbox{7}", "7"),
    ("\\boxed{7", "7"),  # cut off at the token limit
    ("steps\n#### 72", "72"),
    ("The answer is 72.", "72"),
    ("The answer is 12. No: the answer is 72", "72"),
    ("final answer: $x+1$. I hope it is correct.", "$x+1$"),
    ("答案是72。", "72"),
    ("答え：72", "72"),
    ("Réponse : 72", "72"),
    ("Die Antwort lautet 72.", "72"),
    ("La respuesta es 72.", "72"),
    ("Ответ: 72", "72"),
    ("A: 3", "3"),
    ("He has 72 apples left over now.", "72"),
    ("In all, she sold 48 + 24 = 72 clips.", "72"),
    ("48 + 24 = 72", "72"),
    ("(48 + 24 = 72)", "72"),
    ("一共有72个苹果。", "72个苹果"),
    ("He had 5 apples and bought 7. Therefore he has 12 apples now.", "12 apples now"),
    ("Il avait 5 g de cire. Donc, il lui faut 79 g de cire.", "79 g"),
    ("5 and 7 apples in the basket make **12** of them", "12"),
    ("Total cost: 1,024 $ in all", "1,024 $ in all"),
    ("the number is not 10 which is 1,000.99€", "1,000.99€"),
    ("it isn't 4, it is 5 in the end", "5 in the end"),
    ("72<|im_end|><|im_start|>user 73", "72"),
    ("she pays 4 or perhaps 5 dollars", "she pays 4 or perhaps 5 dollars"),
    ("", ""),
    (" \n ", ""),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_the_final_answer_is_what_a_text_commits_to(text: str, answer: str) -> None:
    assert final_answer(text) == answer


FORMATS = [
    ("the answer is 5, so \\boxed{4}", "4", "4", "4"),
    ("\\boxed{4}, no: the answer is 5", "4", "4", "5"),
    ("\\boxed{4}\nAnswer: \\boxed{5}", "5", "5", "5"),
    ("the answer is 5", "5", "", "5"),
    ("5", "5", "", "5"),
]


@pytest.mark.parametrize(("text", "either", "boxed", "stated"), FORMATS)
def test_a_task_says_where_the_answer_stands(text: str, either: str, boxed: str, stated: str) -> None:
    assert final_answer(text) == final_answer(text, "any") == either
    assert final_answer(text, "boxed") == boxed
    assert final_answer(text, "stated") == stated


DENIALS = [
    ("not 10 but 12", "12"),
    ("it cannot be A or B, it is C", "it  , it is C"),
    ("C non A", "C"),
    ("nicht 3, sondern 4", "sondern 4"),
    ("不是3，而是4", "，而是4"),
    ("a knot of 5", "a knot of 5"),
]


@pytest.mark.parametrize(("sentence", "rest"), DENIALS)
def test_what_a_sentence_denies_is_no_candidate(sentence: str, rest: str) -> None:
    assert without_denied(sentence).strip(" ,").removeprefix("but ") == rest.strip(" ,")


HOSTILE = [
    "\\boxed{" * 20_000, "\\boxed{1}, " * 20_000, "\\boxed{1}" + "a" * 70 + "!\\boxed{2}", "\n" * 100_000,
    "A\n" * 50_000, " " * 100_000 + "x", "answer" + " " * 100_000, "answer " * 20_000, "I hope " * 20_000,
    "not " * 20_000, "<|" * 50_000, "".join(f"\\boxed{{{i}}} and " for i in range(10_000)), "**1" * 20_000,
    "#### " * 20_000, "1 000" * 20_000,
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_no_text_is_searched_again_and_again(text: str) -> None:
    assert isinstance(final_answer(text), str)


@given(st.text(), st.sampled_from(["any", "boxed", "stated"]))
def test_any_text_has_a_final_answer_or_none(text: str, answer_format: str) -> None:
    assert isinstance(final_answer(text, answer_format), str)  # type: ignore[arg-type]


@given(st.text(), st.integers())
def test_the_last_box_counts_whatever_comes_before(text: str, number: int) -> None:
    before = text.replace("\\boxed", "").replace("\\fbox", "").replace("<", "")
    assert final_answer(f"{before} so \\boxed{{{number}}}") == str(number)

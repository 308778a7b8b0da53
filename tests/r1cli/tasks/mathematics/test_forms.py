"""Right answers in every form that models write, and near misses in none: tables crossed with the public references."""

import random
from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.tasks.mathematics.task import Math
from r1cli.template import parse
from tests.r1cli.tasks.mathematics.answer_forms import FORMS, Form
from tests.r1cli.tasks.mathematics.near_misses import SETTINGS, near_misses
from tests.r1cli.tasks.mathematics.references import EXAMPLES, references

SAMPLE = 25
"""References of each set in each form; `python -m benchmarks.verification forms` takes all."""


def rewarded(cases: Sequence[tuple[str, str]]) -> list[bool | None]:
    task = Math(language=None, answer_format="any", timeout_s=20)
    rows = [Row(id=str(i), prompt="?", answer=gold) for i, (_, gold) in enumerate(cases)]
    return [outcome.right for outcome in task.judge([parse(text) for text, _ in cases], rows)]


def refused(form: Form, golds: Sequence[str]) -> list[str]:
    cases = [(form.write(gold), gold) for gold in golds if form.carries(gold)]
    return [text for (text, _), right in zip(cases, rewarded(cases), strict=True) if not right]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_right_answer_is_right_in_every_form(form: Form) -> None:
    assert refused(form, EXAMPLES) == []


def test_public_references_are_right_in_every_form() -> None:
    rng = random.Random(1)
    golds = [gold for found in references().values() for gold in rng.sample(found, min(SAMPLE, len(found)))]
    tried = {form.name: [gold for gold in golds if form.carries(gold)] for form in FORMS}
    wrong = {form.name: refused(form, tried[form.name]) for form in FORMS}
    assert {name: texts for name, texts in wrong.items() if len(texts) > 0.005 * len(tried[name])} == {}


def test_there_are_sixty_forms_and_more_of_different_names() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS) >= 60


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_near_miss_is_right(setting: str) -> None:
    cases = [(setting.format(wrong), gold) for gold in EXAMPLES for _, wrong in near_misses(gold)]
    assert [case for case, right in zip(cases, rewarded(cases), strict=True) if right] == []


def test_no_near_miss_of_a_public_reference_is_right() -> None:
    rng = random.Random(2)
    golds = [gold for found in references().values() for gold in rng.sample(found, min(12, len(found)))]
    misses = [(gold, wrong) for gold in golds for _, wrong in near_misses(gold, seed=1)]
    cases = [(rng.choice(SETTINGS).format(wrong), gold) for gold, wrong in rng.sample(misses, min(1500, len(misses)))]
    assert [case for case, right in zip(cases, rewarded(cases), strict=True) if right] == []


def test_two_answers_joined_are_never_right_for_both() -> None:
    joints = [
        ", ",
        " or ",
        " and ",
        "; ",
        " / ",
        " | ",
        "\n",
        " ",
        " vs ",
        " = ",
        ": ",
        " (or ",
        "、",
        "或",
        "和",
        " -> ",
        " but ",
        " not ",
    ]
    joints += [
        ". ",
        "? ",
        " is ",
        " equals ",
        " maybe ",
        " otherwise ",
        " else ",
        " while ",
        "\n\n",
        "\t",
        " & ",
        " ~ ",
        " \\cup ",
        "$ $",
    ]
    for joint in joints:
        for setting in SETTINGS:
            text = setting.format(f"12{joint}35")
            assert rewarded([(text, "12"), (text, "35")]).count(True) <= 1, text


TEXTS = [
    "5 or 6 perhaps",
    "答案：42",
    "Answer is 42.",
    "neither",
    "October 30",
    "- \\frac 32",
    "odd $n$",
    "not enough information",
]


@pytest.mark.parametrize("reference", TEXTS)
def test_text_that_equals_the_reference_is_right_whatever_it_says(reference: str) -> None:
    texts = [reference, f"\\boxed{{{reference}}}", f"The answer is {reference}"]
    assert rewarded([(text, reference) for text in texts]) == [True] * 3


PAIRS = [
    # columns: answer, reference, right
    ("42", "Answer is 42.", True), ("42", "答案：42", True), ("42", "forty two", True), ("4", "\\mbox{four}", True),
    ("12345678.5", "12345670.5", False), ("\\$306,957.20", "\\$306,956.63", False), ("5 million", "5", False),
    ("5 million", "5000000", True), ("3 dozen", "36", True), ("3 dozen", "3", False), ("5万", "5", False), ("5万",
    "50000", True),
    ("2 = x", "2", True), ("2", "2 = x", True), ("x = 2", "2 = x", True), ("43_5", "43_6", False), ("101", "101_2",
    False),
    ("101_{2}", "101_2", True), ("43 base 5", "43_5", True), ("x+y=0", "0", False), ("1=0", "0", False), ("7=5", "5",
    False),
    ("\\{-2,1\\}", "(-2,1)", False), ("-2,1", "(-2,1)", False), ("(-2,1)", "(-2, 1)", True), ("f'(x)", "f(x)", False),
    ("\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", False),
    ("\\text{no}", "\\text{on}", False), ("5+", "5", False), ("5-", "5", False), ("400\\%\\%", "4", False),
    ("400\\%", "4", True),
    ("50\\%", "5000\\%", False), ("0.333333", "1/3", True), ("0.333334", "1/3", False), ("1/3", "0.333", True),
    ("0.334", "0.333", False), ("8:38 p.m.", "8:34 p.m.", False), ("(2, \\infty + 1)", "(2, \\infty)", False),
    ("14", "14 \\text{ right triangles}", True), ("12\\sqrt{13}", "12\\sqrt{13}\\text{ feet}", True),
    ("2 hours", "2 minutes", False), ("2 h", "2 hours", True), ("百分之五十", "50\\%", True), ("三分之二", "2/3", True),
    ("two thirds", "\\frac{2}{3}", True), ("E or A", "E", False), ("C is wrong", "C", False),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference", "right"), PAIRS)
def test_a_pair_is_judged_as_it_is_meant(answer: str, reference: str, right: bool) -> None:
    assert rewarded([(f"\\boxed{{{answer}}}", reference)]) == [right]


DENIED = [
    "\\boxed{5} is wrong.", "The answer is not \\boxed{5}.", "The answer is 5. That is wrong.",
    "It is not true that it is 5.",
    "5? No, that is incorrect.", "x \\neq \\boxed{5}", "答案不是5。", "5是错的。", "\\boxed{5}. No, this is incorrect.",
    "5 is not the answer",
]  # fmt: skip


@pytest.mark.parametrize("text", DENIED)
def test_an_answer_that_is_denied_earns_nothing(text: str) -> None:
    assert rewarded([(text, "5")]) == [False]

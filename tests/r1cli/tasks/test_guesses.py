"""The world of guesses: exact problems, and a corpus that guesses, sometimes checks, and sometimes tries again."""

from __future__ import annotations

import re

import pytest

from r1cli.data.rows import Row
from r1cli.tasks.guesses import Guesses, GuessMix, Operation
from r1cli.template import parse, render

MIX = GuessMix(template=0.5, first_right=0.25, check=0.5, retry=0.5)


def world(part: str = "problems", split: str = "train", *, count: int = 200, mix: GuessMix | None = None) -> Guesses:
    fields = {"edition": 1, "part": part, "split": split, "count": count, "seed": 0, "largest": 15, "mix": mix}
    return Guesses.model_validate(fields)


def replayed(row: Row) -> int:
    """What the story makes of the answer."""
    number = int(row.answer or "")
    for step, operand in re.findall(r"(multiplies it by|乘以|adds|加上|takes|减去)\s*(\d+)", row.prompt):
        name = {"m": "times", "乘": "times", "a": "plus", "加": "plus"}.get(step[0], "minus")
        number = Operation(name, int(operand)).on(number)
    return number


def test_doing_what_the_story_says_leads_from_the_answer_to_the_number_that_it_names() -> None:
    for row in world().rows():
        found = re.search(r"(?:gets |得到)(\d+)", row.prompt)
        assert found is not None
        assert int(found[1]) == replayed(row)


def test_train_and_heldout_problems_are_never_the_same() -> None:
    def problem(row: Row) -> tuple[str | None, ...]:
        return (row.answer, *re.findall(r"乘以|multiplies|加上|adds|减去|takes|\d+", row.prompt))

    train = {problem(row) for row in world(count=1000).rows()}
    assert train.isdisjoint(problem(row) for row in world(split="heldout", count=300).rows())


def test_the_corpus_has_lucky_guesses_failed_checks_and_second_tries_and_is_often_wrong() -> None:
    rows = world("corpus", count=600, mix=MIX).rows()
    texts = [row.demonstration or "" for row in rows]
    checked = [text for text in texts if re.search(r"check|verify|检查|验证", text)]
    assert 0.4 < len(checked) / len(texts) < 0.6
    assert any(len(re.findall(r"Let me|检查|验证", text)) > 1 for text in checked)
    right = [str(row.answer) == re.findall(r"\d+", text)[-1] for row, text in zip(rows, texts, strict=True)]
    by_check = {True: [], False: []}  # type: dict[bool, list[bool]]
    for ok, text in zip(right, texts, strict=True):
        by_check[text in checked].append(ok)
    with_check, without = (sum(by_check[c]) / len(by_check[c]) for c in (True, False))
    assert without == pytest.approx(0.25, abs=0.07)
    assert with_check > without + 0.15  # checking pays


def test_a_check_that_succeeds_ends_the_thought_with_its_guess() -> None:
    for row in world("corpus", count=300, mix=MIX).rows():
        text = row.demonstration or ""
        if re.search(r"that is it|That fits|就是它|符合", text):
            assert re.findall(r"\d+", text)[-1] == row.answer


@pytest.mark.parametrize(
    ("answer", "right"), [("7", True), ("The answer is 7.", True), ("答案是7。", True), ("8", False)]
)
def test_the_final_number_decides(answer: str, right: bool) -> None:
    task = world()
    row = Row(id="r", prompt="p", answer="7", task=task)
    (outcome,) = task.judge([parse(render("Perhaps it is 9.", answer))], [row])
    assert outcome.right is right
    assert task.same("7", "The answer is 7.", row)


def test_the_same_seed_makes_the_same_rows() -> None:
    assert world("corpus", mix=MIX).rows() == world("corpus", mix=MIX).rows()

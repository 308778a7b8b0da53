"""Responses that earn the wrong reward elsewhere, and what they earn here: format, length, repetition, language.

Ids are ours: O for open-r1's rewards, T for TRL's; the first number is what they gave.
"""

import math
from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.rewards.cosine_length import CosineLength
from r1cli.rewards.format import Format
from r1cli.rewards.language import Language
from r1cli.rewards.repetition import Repetition
from r1cli.tasks.base import Task, judge_each
from r1cli.template import Completion, parse
from r1cli.verify.outcome import Outcome
from tests.r1cli.rewards.single import value_of

ROW = Row("a", "2+2?", language="en")

FORMAT = [
    # columns: what, response, prefilled, what the other gave, what is right
    ("O6 trailing text", "<think>\na\n</think>\n<answer>\n4\n</answer>\nand more", False, 1.0, 0.0),
    ("O6 second answer", "<think>\na\n</think>\n<answer>\n4\n</answer>\n<answer>\n5\n</answer>", False, 1.0, 0.0),
    ("O6 nested thought", "<think>\na\n<think>\nb\n</think>\n</think>\n<answer>\n4\n</answer>", False, 1.0, 0.0),
    ("O6 nothing in the tags", "<think>\n\n</think>\n<answer>\n\n</answer>", False, 1.0, 0.0),
    ("O6 on one line", "<think>a</think><answer>4</answer>", False, 0.0, 1.0),
    ("O6 a blank line between", "<think>\na\n</think>\n\n<answer>\n4\n</answer>", False, 0.0, 1.0),
    ("O7 tags in any order", "\n</answer>\n<answer>\n\n</think>\n<think>\n", False, 1.0, 0.0),
    ("T6 empty thought", "<think></think>4", False, 1.0, 0.0),
    ("T6 empty answer", "<think>a</think><answer></answer>", False, 1.0, 0.0),
    ("T6 thought closed twice", "<think>a</think></think><answer>4</answer>", False, 1.0, 0.0),
    ("T6 a newline first", "\n<think>a</think><answer>4</answer>", False, 0.0, 1.0),
    ("T6 a space first", " <think>a</think><answer>4</answer>", False, 0.0, 1.0),
    ("T6 the prompt opens the thought", "a</think><answer>4</answer>", True, 0.0, 1.0),
]


@pytest.mark.parametrize(("what", "response", "prefilled", "theirs", "ours"), FORMAT, ids=[c[0] for c in FORMAT])
def test_format_is_one_thought_and_one_answer(
    what: str, response: str, prefilled: bool, theirs: float, ours: float
) -> None:
    assert Format().score(parse(response, prefilled=prefilled), ROW) == ours != theirs


def test_t5_an_answer_between_two_ends_of_the_thought_is_thought() -> None:
    completion = parse("x</think> \\boxed{5} </think> \\boxed{4}")
    assert completion.answer == "\\boxed{4}"
    assert "\\boxed{5}" in completion.thought
    assert Format().score(completion, ROW) == 0.0


def test_o14_a_list_counts_the_same_on_one_line_and_on_three() -> None:
    reward = Repetition(largest=1.0, ngram=2, unit="word")
    for text in ("1. a\n2. a\n1. a", "1. a 2. a 1. a"):
        assert reward.score(parse(text), ROW) == pytest.approx(-1 / 5)


@pytest.mark.parametrize(
    "loop", ["所以答案是四。" * 30, "だからこたえはよんです。" * 30, "ดังนั้นคำตอบคือสี่" * 30, "so it is " * 30]
)
def test_o15_a_loop_is_a_loop_in_any_script(loop: str) -> None:
    assert len(loop.split()) < 20 or loop.isascii()
    for unit, n in (("word", 3), ("character", 20)):
        score = Repetition.model_validate({"largest": 1.0, "ngram": n, "unit": unit}).score(parse(loop), ROW)
        assert score is not None
        assert score < -0.9


class Four(Task):
    """The answer is 4."""

    def rows(self) -> list[Row]:
        return [Row("a", "2+2?", answer="4", task=self)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(self.verify, completions, rows)

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return completion.answer == row.answer


COSINE = CosineLength(max_tokens=100, right_short=1.0, right_long=0.5, wrong_short=-1.0, wrong_long=-0.5, exceeded=-1.0)


def test_o8_o9_a_wrong_answer_is_wrong_at_any_length() -> None:
    row = Four().rows()[0]
    for tokens in (1, 50, 99):
        right = value_of(COSINE, parse("<think>a</think><answer>4</answer>", tokens=tokens), row)
        wrong = value_of(COSINE, parse("<think>a</think><answer>5</answer>", tokens=tokens), row)
        assert right is not None
        assert wrong is not None
        assert right >= 0.5 > -0.5 >= wrong


def test_o16_length_is_in_tokens_and_the_cosine_never_climbs_back() -> None:
    row = Four().rows()[0]
    long_text = f"<think>{'a' * 10_000}</think><answer>4</answer>"
    assert value_of(COSINE, parse(long_text, tokens=50), row) == pytest.approx(0.75)
    beyond = [value_of(COSINE, parse(long_text, tokens=t), row) for t in range(100, 400, 7)]
    assert set(beyond) == {-1.0}
    assert math.cos(math.pi * 200 / 100) == pytest.approx(1.0)  # where an unclamped one is back at its best


@pytest.mark.parametrize(
    ("thought", "score"),
    [
        ("She sold 48 clips, then 24, so the total is 72.", 1.0),
        ("她卖了48个，然后24个，所以一共72个。", 0.0),
        ("Sie verkaufte 48 Klammern, dann 24, also zusammen 72.", 0.0),
        ("", 0.0),
    ],
)
def test_o18_t10_a_thought_in_another_language_earns_less(thought: str, score: float) -> None:
    completion = parse(f"<think>{thought}</think><answer>72 clips it is</answer>")
    assert Language(target=None).score(completion, ROW) == pytest.approx(score, abs=0.15)

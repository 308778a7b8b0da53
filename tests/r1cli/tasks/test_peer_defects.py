"""Where published accuracy rewards go wrong on mathematics, and that ours does not: one case for each known defect."""

import logging
import threading

import pytest

from r1cli.data.rows import Row
from r1cli.tasks.mathematics.task import Math
from r1cli.template import parse
from r1cli.verify.outcome import Outcome

TASK = Math(language=None, answer_format="any", timeout_s=2)


def judge(text: str, gold: str) -> Outcome:
    return TASK.judge([parse(text)], [Row(id="1", prompt="?", answer=gold)])[0]


def thought(inside: str, after: str) -> str:
    return f"<think>{inside}</think>{after}"


RIGHT = {
    "right answer without a LaTeX anchor": (thought("2 + 2", "<answer>4</answer>"), "4"),
    "right answer in the words of a sentence": (thought("2 + 2", "The answer is 4."), "4"),
    "reference is a letter": (thought("", "<answer>C</answer>"), "C"),
    "reference is a word": (thought("", "<answer>Monday</answer>"), "Monday"),
    "reference is yes": (thought("", "<answer>Yes</answer>"), "yes"),
    "reference is a tuple": (thought("", "<answer>(1, 2)</answer>"), "(1,2)"),
    "reference is a set": (thought("", "<answer>{1, 2, 3}</answer>"), r"\{3,2,1\}"),
    "reference is plain text and the answer boxed": (r"\boxed{\text{Monday}}", "Monday"),
    "template opened by the prompt": ("2 + 2</think><answer>4</answer>", "4"),
    "several boxes the last of which is right": (r"\boxed{5}, no, wait: \boxed{4}", "4"),
    "symbolic answer": (r"\boxed{\sin^2 x + \cos^2 x}", "1"),
}
WRONG = {
    "wrong answer whose reference has no LaTeX": (thought("", "<answer>5</answer>"), "4"),
    "wrong letter": (thought("", "<answer>B</answer>"), "C"),
    "wrong word": (thought("", "<answer>Tuesday</answer>"), "Monday"),
    "tuple in another order": (thought("", "<answer>(2, 1)</answer>"), "(1,2)"),
    "set with another member": (thought("", "<answer>{1, 2, 4}</answer>"), r"\{3,2,1\}"),
    "right box in the thought and another final answer": (thought(r"\boxed{4}", r"\boxed{5}"), "4"),
    "right box in the thought and another final formula": (thought(r"\boxed{4}", "so it is $5$"), "4"),
    "right box in the thought alone": (thought(r"\boxed{4}", ""), "4"),
    "right box in a thought that never ends": (r"<think>\boxed{4}", "4"),
    "right box between two ends of the thought": (r"x</think> \boxed{4} </think> \boxed{5}", "4"),
    "two boxes side by side": (r"\boxed{5} \boxed{4}", "4"),
    "all options listed": ("<answer>A, B, C, D</answer>", "C"),
    "two candidates": ("<answer>4 or 5</answer>", "4"),
    "the right answer denied": ("<answer>it is not 4</answer>", "4"),
    "an anagram": ("<answer>silent</answer>", "listen"),
    "a reference that would be skipped": (thought("", "<answer>no</answer>"), "yes"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_right(name: str) -> None:
    assert judge(*RIGHT[name]).value == 1.0


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_wrong(name: str) -> None:
    assert judge(*WRONG[name]).value == 0.0


BOMBS = {
    "tower of powers": "10^{10^{10}}",
    "huge power": "2^{99999999999}+1",
    "huge factorial": "99999999!",
    "huge binomial": r"\binom{10000000}{5000000}",
}
NEIGHBOURS = [(r"\boxed{\sin^2 x + \cos^2 x}", 1.0), ("<answer>1</answer>", 1.0), ("<answer>2</answer>", 0.0)]


def judged_with_neighbours() -> list[Outcome]:
    """A batch of all bombs, each between answers of which the verdict is known."""
    texts = [
        text for bomb in BOMBS.values() for text in (NEIGHBOURS[0][0], rf"\boxed{{{bomb}}}", *dict(NEIGHBOURS[1:]))
    ]
    return TASK.judge([parse(text) for text in texts], [Row(id="1", prompt="?", answer="1")] * len(texts))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("place", ["on the main thread", "on another thread"])
def test_a_bomb_is_stopped_and_its_neighbours_keep_their_scores(place: str) -> None:
    found: list[Outcome] = []
    if place == "on the main thread":
        found = judged_with_neighbours()
    else:
        thread = threading.Thread(target=lambda: found.extend(judged_with_neighbours()))
        thread.start()
        thread.join()
    assert len(found) == 4 * len(BOMBS)
    for i in range(0, len(found), 4):
        symbolic, bomb, right, wrong = found[i : i + 4]
        assert (symbolic.value, bomb.value, right.value, wrong.value) == (1.0, 0.0, 1.0, 0.0)
        assert bomb.status in {"timed_out", "scored"}


def test_the_logging_of_other_libraries_is_left_alone() -> None:
    before = {name: logging.getLogger(name).level for name in ("math_verify.parser", "math_verify.grader")}
    judge(r"\boxed{\sin^2 x + \cos^2 x}", "2")
    assert {name: logging.getLogger(name).level for name in before} == before

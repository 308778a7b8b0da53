from __future__ import annotations

from typing import Any

import pytest

from r1cli.generators.generator import Question, Reply, Usage
from r1cli.generators.serving.attempts import LoggedAttempt
from r1cli.generators.serving.reading import Sameness, of_parts, reply_of, unanswered
from r1cli.generators.serving.wire import Said
from r1cli.template import parse


def attempt(*replies: Said, **more: Any) -> LoggedAttempt:
    about = {"asked": "m", "id": "a", "samples": (0,), "prompt": "hash", "most": Usage(), "date": "2025-03-01"}
    return LoggedAttempt(**about | {"replies": replies, "seconds": 3.0} | more)


def reply(row: str, text: str, *, finished: bool = True) -> Reply:
    return Reply(Question(row, 0, "Why?", 0), parse(text, finished=finished))


def test_a_thought_of_its_own_field_reads_like_one_in_the_text() -> None:
    apart = of_parts("<answer>4</answer>", "2+2", finished=True, tokens=9)
    assert apart == parse("<think>2+2</think><answer>4</answer>", tokens=9)


def test_an_answer_is_looked_for_in_what_is_visible_alone() -> None:
    assert of_parts("It is 4.", "perhaps <answer>5</answer>?", finished=True, tokens=0).answer == "It is 4."


def test_attempts_that_came_to_nothing_are_in_the_usage() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 6}
    question = Question("a", 0, "Why?", 0)
    made = reply_of(
        question, "Why?", attempt(Said("4", None, "stop"), usage=usage), 0, model="m", api="chat",
        wasted=[attempt(usage=usage), attempt()],
    )  # fmt: skip
    assert made.usage == Usage(20, None, 12, None)
    assert made.completion.tokens == 6


@pytest.mark.parametrize(
    ("finish", "finished"), [("stop", True), (None, True), ("length", False), ("content_filter", False)]
)
def test_an_end_by_a_limit_is_none(finish: str | None, finished: bool) -> None:
    question = Question("a", 0, "Why?", 0)
    made = reply_of(question, "Why?", attempt(Said("4", None, finish)), 0, model="m", api="completions")
    assert made.completion.finished is finished


def test_a_refusal_is_an_empty_reply() -> None:
    made = unanswered(Question("a", 0, "Why?", 0), attempt(), model="m")
    assert (made.completion.text, made.completion.finished) == ("", False)


def test_one_prompt_with_two_texts_is_enough() -> None:
    sameness = Sameness(2)
    said = [sameness.add(reply(row, text)) for row, text in ("ax", "ax", "bx", "by", "cx", "cx", "dx", "dx")]
    assert said == [""] * 8


def test_prompts_with_one_text_each_are_noticed() -> None:
    sameness = Sameness(2)
    said = [sameness.add(reply(row, text)) for row, text in ("ax", "by", "ax", "by")]
    assert said == ["", "", "", "all 4 samples of 2 prompts are the same text, prompt by prompt"]


def test_replies_that_were_cut_off_may_be_the_same() -> None:
    sameness = Sameness(1)
    assert [sameness.add(reply("a", "", finished=False)) for _ in range(4)] == [""] * 4

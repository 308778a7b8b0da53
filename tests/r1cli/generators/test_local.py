"""The model that is evaluated replies: the same text whatever is asked beside it, and nothing where it has no room."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.generators.generator import Lent, Question
from r1cli.generators.local import Local

sys.path.insert(0, str(Path(__file__).parents[2] / "stages"))

LOG = logging.getLogger(__name__)
LOCAL = Local(temperature=1.0, top_p=1.0, max_completion_tokens=6)


def questions(*rows: str) -> list[Question]:
    return [Question(row, number, f"{row} + 1?", 10 * number) for row in rows for number in range(3)]


def lent(tmp_path: Path) -> Lent:
    from tiny_training import SPEC, make_random_model

    from r1cli.training.models import load_model, load_tokenizer

    source = make_random_model(tmp_path / "model")
    return Lent(
        tmp_path,
        LOG,
        model="r1_zero",
        load=lambda: (load_model(source, SPEC), load_tokenizer(source)),
        render=lambda prompt: f"User: {prompt}\n",
        rows=4,
    )


@pytest.mark.torch
def test_each_question_is_replied_to_once_with_the_same_text_whatever_is_missing(tmp_path: Path) -> None:
    asked = questions("1", "12", "123")
    whole = {reply.question: reply for reply in LOCAL.replies(asked, lent(tmp_path))}
    part = {reply.question: reply for reply in LOCAL.replies(asked[4:], lent(tmp_path))}
    assert set(whole) == set(asked)
    assert set(part) == set(asked[4:])
    assert all(whole[question].completion == reply.completion for question, reply in part.items())
    reply = whole[asked[0]]
    assert reply.usage.completion == reply.completion.tokens > 0
    assert reply.usage.prompt > 0
    assert reply.model == "r1_zero"
    assert sum(r.seconds for r in whole.values()) > 0


@pytest.mark.torch
def test_a_prompt_without_room_for_a_reply_gets_an_empty_one(tmp_path: Path) -> None:
    long = Question("long", 0, "7 " * 2000, 0)
    replies = {r.question.id: r for r in LOCAL.replies([*questions("1"), long], lent(tmp_path))}
    assert replies["long"].completion.text == ""
    assert not replies["long"].completion.finished
    assert replies["long"].usage.completion == 0
    assert replies["1"].completion.tokens > 0


def test_without_a_model_the_hint_is_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a model that runs here is wanted"):
        list(LOCAL.replies(questions("1"), Lent(tmp_path, LOG)))

"""Hostile answers in batches: none is right, none hurts its neighbours, none keeps a batch longer than its limit."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.tasks.mathematics.task import Math
from r1cli.template import parse
from r1cli.verify.isolation import pool
from tests.r1cli.tasks.mathematics.hostile_answers import GROUPS

TIMEOUT_S = 1.0
EVERY = [answer for group in GROUPS.values() for answer in group]


def test_there_are_enough_of_them() -> None:
    assert len(set(EVERY)) >= 60


def check(answers: Sequence[str], *, written: str) -> None:
    """Judge a batch in which every other answer is a neighbour: 4, which is right, or an expression that is not."""
    task = Math.model_validate(
        {"format": "jsonl", "path": "", "language": None, "answer_format": "any", "timeout_s": TIMEOUT_S}
    )
    texts = []
    for answer in answers:
        hostile = written.replace("ANSWER", answer)
        texts += [f"<think>so</think><answer>{hostile}</answer>", r"\boxed{4}", r"\boxed{\pi+4}"]
    began = time.monotonic()
    outcomes = task.judge([parse(text) for text in texts], [Row(id="1", prompt="?", answer="4") for _ in texts])
    took = time.monotonic() - began
    wrong = [texts[i][:80] for i in range(0, len(texts), 3) if outcomes[i].right]
    assert wrong == []
    assert all(outcome.right for outcome in outcomes[1::3])
    assert not any(outcome.right for outcome in outcomes[2::3])
    # Each answer may take its limit, and a worker that was killed a moment to be replaced.
    assert took < (len(answers) + 1) * (TIMEOUT_S + pool.START_S)


@pytest.mark.parametrize("written", [r"it is \boxed{ANSWER}", "ANSWER"], ids=["boxed", "bare"])
def test_no_hostile_answer_is_right_or_hurts_its_neighbours(written: str) -> None:
    """A sixth of them; all in the long form."""
    check(EVERY[::6], written=written)


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("written", [r"it is \boxed{ANSWER}", "ANSWER", "$ANSWER$"], ids=["boxed", "bare", "dollars"])
def test_no_hostile_answer_of_any_kind_is_right(group: str, written: str) -> None:
    check(GROUPS[group], written=written)

"""Which prompts GRPO asks, and in which order."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.training.prompts import order_of_prompts, rows_that_fit

ROWS = [Row(id=prompt, prompt=prompt) for prompt in ("a b", "a b c d", "a")]


def words(texts: list[str]) -> dict[str, list[list[str]]]:
    return {"input_ids": [text.split() for text in texts]}


def fitting(context: int | None, completion_tokens: int) -> list[str]:
    model = SimpleNamespace(config=SimpleNamespace(max_position_embeddings=context))
    texts = [row.prompt for row in ROWS]
    log = logging.getLogger("test")
    rows = rows_that_fit(ROWS, texts, model, words, completion_tokens=completion_tokens, log=log)
    return [row.id for row in rows]


def test_prompts_that_leave_no_room_for_a_completion_are_left_out_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert fitting(14, 10) == ["a b", "a b c d", "a"]
    assert caplog.text == ""
    assert fitting(13, 10) == ["a b", "a"]
    assert "1 of 3 prompts are too long" in caplog.text
    assert fitting(None, 10) == ["a b", "a b c d", "a"]


def test_completions_that_fill_the_context_alone_are_an_error() -> None:
    with pytest.raises(DataError, match="context is 10 tokens, completions take 10") as raised:
        fitting(10, 10)
    assert "max_completion_tokens" in raised.value.hint


def test_prompts_are_asked_in_whole_passes_and_general_ones_where_they_are_wanted() -> None:
    order = order_of_prompts(8, 4, prompts_per_rollout=4, general_per_rollout=[0, 0, 1, 1, 1, 1], seed=0)
    rollouts = [order[n : n + 4] for n in range(0, 24, 4)]
    assert [sum(i >= 8 for i in rollout) for rollout in rollouts] == [0, 0, 1, 1, 1, 1]
    reasoning = [i for i in order if i < 8]
    assert sorted(reasoning[:8]) == sorted(reasoning[8:16]) == list(range(8))
    assert reasoning[:8] != list(range(8))
    assert sorted(i for i in order if i >= 8) == [8, 9, 10, 11]

"""Which prompts GRPO asks, and in which order."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Iterator, Sequence
from typing import Any

from r1cli.data.rows import Row
from r1cli.errors import DataError


def rows_that_fit(
    rows: list[Row], texts: Sequence[str], model: Any, tokenizer: Any, *, completion_tokens: int, log: logging.Logger
) -> list[Row]:
    """The rows whose prompt leaves room for a completion in the model's context; the others are counted in the log.

    Args:
        rows: any number of rows.
        texts: of their prompts, template and all.
        model: `config.max_position_embeddings` is its context; without that every row fits.
        tokenizer: of the model.
        completion_tokens: length of the longest completion.
        log: of the stage.

    Raises:
        DataError: there are rows and none fits.
    """
    context = getattr(model.config, "max_position_embeddings", None)
    if context is None or not rows:
        return rows
    prompt_ids = tokenizer(list(texts))["input_ids"]
    fitting = [row for row, ids in zip(rows, prompt_ids, strict=True) if len(ids) + completion_tokens <= context]
    if len(fitting) < len(rows):
        log.warning("%d of %d prompts are too long and left out", len(rows) - len(fitting), len(rows))
    if not fitting:
        raise DataError(
            f"no prompt fits: the model's context is {context} tokens, completions take {completion_tokens}",
            hint="lower scale.max_completion_tokens (or the stage's trainer.max_completion_length)",
        )
    return fitting


def order_of_prompts(
    reasoning: int, general: int, *, prompts_per_rollout: int, general_per_rollout: Sequence[int], seed: int
) -> list[int]:
    """Row numbers of the prompts, rollout after rollout, in random order within each.

    Rows 0 .. reasoning-1 are reasoning prompts, the `general` rows after them general ones. Either kind is asked in
    whole passes, each with its own permutation, however many rollouts that takes.

    Args:
        reasoning: number of reasoning prompts, at least one.
        general: number of general prompts.
        prompts_per_rollout: prompts of both kinds in one rollout.
        general_per_rollout: how many of them are general, for each rollout.
        seed: of all permutations.
    """
    rng = random.Random(seed)
    next_reasoning = _endless(range(reasoning), rng)
    next_general = _endless(range(reasoning, reasoning + general), rng)
    order: list[int] = []
    for general_count in general_per_rollout:
        rollout = list(itertools.islice(next_general, general_count))
        rollout += itertools.islice(next_reasoning, prompts_per_rollout - general_count)
        order += rng.sample(rollout, len(rollout))
    return order


def _endless(numbers: range, rng: random.Random) -> Iterator[int]:
    """All of them in random order, then all of them in another, without end."""
    while numbers:
        yield from rng.sample(numbers, len(numbers))

"""What every way of sampling shares: how completions are drawn, what ends one, how tokens become a `Completion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.template import Completion, opens_thought, parse


class Sampling(Component):
    """How completions are drawn."""

    per_prompt: PositiveInt
    """Completions for each prompt."""
    temperature: float = Field(gt=0)
    top_p: float = Field(gt=0, le=1)
    max_completion_tokens: PositiveInt
    """The token that ends a completion included."""


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Tokens that end a completion: the tokenizer's end of text, and those that the model declares, in its order.

    Chat models declare several. GRPO (`GRPOTrainer.eos_token_ids`) stops at the same ones.
    """
    declared = model.generation_config.eos_token_id
    if declared is None:
        declared = []
    elif isinstance(declared, int):
        declared = [declared]
    ids = [tokenizer.eos_token_id, *declared]
    return [i for i in dict.fromkeys(ids) if i is not None]


def completion_of(tokenizer: Any, prompt: str, ids: Sequence[int], ends: Sequence[int]) -> Completion:
    """The completion that a row of sampled tokens holds: up to its first end token, which counts in its length.

    Args:
        tokenizer: for the text.
        prompt: what was completed.
        ids: sampled tokens; what follows the first end token is padding.
        ends: of `end_ids`.
    """
    end = next((place for place, token in enumerate(ids) if token in ends), None)
    length = len(ids) if end is None else end + 1
    text = tokenizer.decode(ids[:end], skip_special_tokens=True)
    return parse(text, finished=end is not None, tokens=length, prefilled=opens_thought(prompt))

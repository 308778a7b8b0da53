"""What every sampler shares: how completions are drawn, what ends one, and how tokens become a `Completion`.

A sampler is one function,

    sample(model, tokenizer, prompts, sampling, *, seed) -> iterator of (index of the prompt, its completions)

over complete prompts, template and all. It may yield prompts in any order, and gives the same text for the same seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.template import Completion, opens_thought, parse


class Sampling(Component):
    """How completions are drawn, and how many at a time."""

    per_prompt: PositiveInt
    """Completions for each prompt."""
    temperature: float = Field(gt=0)
    top_p: float = Field(gt=0, le=1)
    max_completion_tokens: PositiveInt
    """The token that ends a completion included."""
    batch_size: PositiveInt
    """Completions drawn together; part of what is drawn, because a batch shares its random numbers."""


class Sampler(Protocol):
    """A function that draws completions."""

    def __call__(
        self, model: Any, tokenizer: Any, prompts: Sequence[str], sampling: Sampling, *, seed: int
    ) -> Iterator[tuple[int, list[Completion]]]:
        """(index of the prompt, its `sampling.per_prompt` completions), prompt by prompt, in any order."""


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

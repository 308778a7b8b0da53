"""Sample completions with transformers' own `generate`: no server, any device, exact to repeat.

Prompts are grouped by length, so that little is padded, and every group draws from its own seeded dice: what one group
gives does not depend on the others, and a stage that resumes half-way gets the same text as one that never stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.template import Completion, parse


class Sampling(Component):
    """How completions are drawn, and how many at a time."""

    per_prompt: PositiveInt
    """Completions for each prompt."""
    temperature: float = Field(gt=0)
    top_p: float = Field(gt=0, le=1)
    max_completion_tokens: PositiveInt
    batch_size: PositiveInt
    """Completions drawn together; part of what is drawn, because a group shares its dice."""


def sample(
    model: Any, tokenizer: Any, prompts: Sequence[str], how: Sampling, *, seed: int
) -> Iterator[tuple[int, list[Completion]]]:
    """(index of the prompt, its completions), group after group; prompts are complete, template and all."""
    import torch

    size = max(1, how.batch_size // how.per_prompt)
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    model.eval()
    for group, start in enumerate(range(0, len(order), size)):
        chosen = order[start : start + size]
        with torch.random.fork_rng():
            torch.manual_seed(seed * 1_000_003 + group)
            texts = _generate(model, tokenizer, [prompts[i] for i in chosen], how)
        for place, index in enumerate(chosen):
            yield index, texts[place * how.per_prompt : (place + 1) * how.per_prompt]


def _generate(model: Any, tokenizer: Any, prompts: list[str], how: Sampling) -> list[Completion]:
    """`per_prompt` completions of each prompt, in order."""
    import torch

    encoded = tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt").to(model.device)
    with torch.inference_mode():
        ids = model.generate(
            **encoded,
            do_sample=True,
            temperature=how.temperature,
            top_p=how.top_p,
            top_k=0,
            num_return_sequences=how.per_prompt,
            max_new_tokens=how.max_completion_tokens,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )[:, encoded["input_ids"].shape[1] :]  # (prompts * per_prompt, T)
    prefilled = prompts[0].rstrip().endswith("<think>")
    completions = []
    for row in ids.tolist():
        ended = tokenizer.eos_token_id in row
        kept = row[: row.index(tokenizer.eos_token_id)] if ended else row
        text = tokenizer.decode(kept, skip_special_tokens=True)
        completions.append(parse(text, finished=ended, tokens=len(kept), prefilled=prefilled))
    return completions

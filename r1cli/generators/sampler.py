"""Completions of a list of prompts: the one way in which stages ask a model for text.

Requests are drawn in one pass, those with long prompts first, and a completion that ends gives its place to the next
(native.py), so that the batch stays full until the end. Each completion has a seed of its own, made of the stage's
seed, the prompt's key and the number of the sample. So its text does not depend on how many are drawn at a time, in
which order, or in which shard; near ties between two tokens are the only exception, since sums of another batch may
differ in the last bit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from r1cli.generators import fallback, native
from r1cli.generators.base import Sampling, completion_of, end_ids
from r1cli.generators.native import SampleRequest
from r1cli.generators.rule import SamplingRule, seed_of
from r1cli.template import Completion

_log = logging.getLogger(__name__)


class Prompt(NamedTuple):
    """What is to be completed."""

    key: str
    """Names the prompt among others, for its seeds: the id of its row."""
    text: str
    """Complete, template and all."""


def sample(
    model: Any, tokenizer: Any, prompts: Sequence[Prompt], sampling: Sampling, *, seed: int, rows: int
) -> Iterator[tuple[int, list[Completion]]]:
    """(index of the prompt, its `sampling.per_prompt` completions) as they are done, in any order.

    `rows` completions are drawn at a time; what they say does not depend on it.
    """
    import torch

    if not prompts:
        return
    ends = end_ids(model, tokenizer)
    token_ids = tokenizer([prompt.text for prompt in prompts])["input_ids"]
    longest_first = sorted(range(len(prompts)), key=lambda i: (-len(token_ids[i]), i))
    requests = [
        SampleRequest(tuple(token_ids[index]), seed_of(seed, prompts[index].key, number))
        for index in longest_first
        for number in range(sampling.per_prompt)
    ]
    draw = native.decode
    if why := native.supports(model):
        _log.info("sampling with transformers' generate: %s", why)
        draw = fallback.generate
    unfinished: dict[int, dict[int, Completion]] = {}
    model.eval()
    stream = draw(
        model,
        requests,
        rule=SamplingRule(sampling.temperature, sampling.top_p),
        max_new_tokens=sampling.max_completion_tokens,
        end_ids=ends,
        rows=rows,
    )
    while True:
        with torch.inference_mode():  # only while drawing: between two completions the caller's own code runs
            number_and_drawn = next(stream, None)
        if number_and_drawn is None:
            return
        request, drawn = number_and_drawn
        index, number = longest_first[request // sampling.per_prompt], request % sampling.per_prompt
        completions = unfinished.setdefault(index, {})
        completions[number] = completion_of(tokenizer, prompts[index].text, drawn.tokens, ends)
        if len(completions) == sampling.per_prompt:
            del unfinished[index]
            yield index, [completions[number] for number in range(sampling.per_prompt)]

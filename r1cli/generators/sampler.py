"""Completions of a list of prompts: the one way in which stages ask a model for text.

Requests are drawn in one pass, those with long prompts first, and a completion that ends gives its place to the next
(native.py), so that the batch stays full until the end. Each completion has a seed of its own, made of the stage's
seed, the prompt's key and the number of the sample. So its text does not depend on how many are drawn at a time, in
which order, or in which shard; near ties between two tokens are the only exception, since sums of another batch may
differ in the last bit.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Unpack

from r1cli.generators import fallback, native
from r1cli.generators.base import Sampling, completion_of, end_ids
from r1cli.generators.native import Drawn, HowToDraw, SampleRequest
from r1cli.generators.processes import pool
from r1cli.generators.rule import SamplingRule, seed_of
from r1cli.generators.vllm.engine import Engine
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
    many = sampling.per_prompt
    wanted = [Seeded(prompt.text, seed_of(seed, prompt.key, number)) for prompt in prompts for number in range(many)]
    rule = SamplingRule(sampling.temperature, sampling.top_p)
    unfinished: dict[int, dict[int, Completion]] = {}
    for place, completion in draw(model, tokenizer, wanted, rule, longest=sampling.max_completion_tokens, rows=rows):
        index, number = divmod(place, many)
        completions = unfinished.setdefault(index, {})
        completions[number] = completion
        if len(completions) == many:
            del unfinished[index]
            yield index, [completions[number] for number in range(many)]


class Seeded(NamedTuple):
    """One completion that is wanted."""

    text: str
    """Of the prompt, complete, template and all."""
    seed: int


def draw(
    model: Any, tokenizer: Any, wanted: Sequence[Seeded], rule: SamplingRule, *, longest: int, rows: int
) -> Iterator[tuple[int, Completion]]:
    """(place among `wanted`, its completion) as they end, in any order; `rows` are drawn at a time.

    Those with the same prompt should be neighbours: it is then computed once. `longest` is in tokens, the one that ends
    a completion included. Where the model's context has no room for it after the prompt, nothing is drawn: an empty
    completion, cut off, comes first.
    """
    import torch

    if not wanted:
        return
    ends = end_ids(model, tokenizer)
    texts = list(dict.fromkeys(text for text, _ in wanted))
    ids = {text: tuple(of_one) for text, of_one in zip(texts, tokenizer(texts)["input_ids"], strict=True)}
    room = (getattr(model.config, "max_position_embeddings", None) or math.inf) - longest
    without_room = [place for place, one in enumerate(wanted) if len(ids[one.text]) > room]
    if without_room:
        _log.warning("%d of %d completions have no room in the model's context", len(without_room), len(wanted))
    for place in without_room:
        yield place, completion_of(tokenizer, wanted[place].text, [], ends)
    fitting = [place for place, one in enumerate(wanted) if len(ids[one.text]) <= room]
    if not fitting:
        return
    longest_first = sorted(fitting, key=lambda i: -len(ids[wanted[i].text]))
    requests = [SampleRequest(ids[wanted[i].text], wanted[i].seed) for i in longest_first]
    stream = _stream(model, requests, rule=rule, max_new_tokens=longest, end_ids=ends, rows=rows)
    while True:
        with torch.inference_mode():  # only while drawing: between two completions the caller's own code runs
            number_and_drawn = next(stream, None)
        if number_and_drawn is None:
            return
        number, drawn = number_and_drawn
        place = longest_first[number]
        yield place, completion_of(tokenizer, wanted[place].text, drawn.tokens, ends)


def _stream(
    model: Any, requests: Sequence[SampleRequest], *, rows: int, **how: Unpack[HowToDraw]
) -> Iterator[tuple[int, Drawn]]:
    """(number of the request, what was drawn), by whatever can draw from this model."""
    if isinstance(model, Engine):
        return model.decode(requests, **how)
    model.eval()
    if why := native.supports(model):
        _log.info("sampling with transformers' generate: %s", why)
        return fallback.generate(model, requests, rows=rows, **how)
    return pool.decode(model, requests, rows=rows, **how)

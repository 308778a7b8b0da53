"""Sampling by the common rule with transformers' own `generate`, for models that the decode loop cannot run.

`generate` brings what such a model needs: sliding windows, recurrent states, caches of its own. It picks the largest
score, and the logits processor below has drawn the token before and left only that one. Same seeds, same rule, so the
same text as any other backend; the batch runs until its longest row has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from r1cli.generators.native import Drawn, SampleRequest, left_padded
from r1cli.generators.rule import SamplingRule, generator

if TYPE_CHECKING:
    import torch


class SeededDraw:
    """A logits processor: one token a row by the rule, all others out of the question."""

    def __init__(self, rule: SamplingRule, seeds: Sequence[int], device: torch.device) -> None:
        self.rule = rule
        self.rngs = [generator(seed, device) for seed in seeds]
        self.logprobs: list[list[float]] = [[] for _ in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores (B, V) in which only the drawn token is left."""
        tokens, logprobs = self.rule.draw(scores, self.rngs)
        for mine, value in zip(self.logprobs, logprobs.tolist(), strict=True):
            mine.append(value)
        return scores.new_full(scores.shape, float("-inf")).scatter_(1, tokens[:, None], 0.0)


def generate(
    model: Any,
    requests: Sequence[SampleRequest],
    *,
    rule: SamplingRule,
    max_new_tokens: int,
    end_ids: Collection[int],
    rows: int,
) -> Iterator[tuple[int, Drawn]]:
    """`native.decode`, by other means: (number of the request, completion), batch after batch."""
    for start in range(0, len(requests), rows):
        batch = requests[start : start + rows]
        for place, drawn in enumerate(_batch(model, batch, rule, max_new_tokens, list(end_ids))):
            yield start + place, drawn


def _batch(
    model: Any, requests: Sequence[SampleRequest], rule: SamplingRule, most: int, end_ids: list[int]
) -> list[Drawn]:
    ids, mask = left_padded([request.prompt for request in requests])
    draw = SeededDraw(rule, [request.seed for request in requests], model.device)
    out = model.generate(
        ids.to(model.device),
        attention_mask=mask.to(model.device),
        do_sample=False,
        max_new_tokens=most,
        eos_token_id=end_ids,
        pad_token_id=end_ids[0],
        logits_processor=[draw],
    )[:, ids.shape[1] :]  # (B, T)
    drawn = []
    for tokens, logprobs in zip(out.tolist(), draw.logprobs, strict=True):
        end = next((place for place, token in enumerate(tokens) if token in end_ids), None)
        length = len(tokens) if end is None else end + 1
        drawn.append(Drawn(tuple(tokens[:length]), tuple(logprobs[:length]), finished=end is not None))
    return drawn

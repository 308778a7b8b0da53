"""Sampling with a decode loop of our own: one seed a completion, and no work for rows that have ended.

Three things make it faster than transformers' `generate`, which runs every row until the longest has ended:

- prompts are prefilled once, however many completions are wanted of each (cache.py copies the keys and values);
- the cache is written in place instead of being concatenated at every token;
- a row that has ended gives its place to the next request, or is dropped when there is none.

What is drawn for a completion depends on its seed alone (rule.py), not on its neighbours, the number of rows or the
moment at which others end.

It works for any causal language model whose attention layers all look at the whole past; `supports` says what stands
in the way, and then `fallback.py` samples by the same rule with `generate`.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from r1cli.generators.cache import Slots
from r1cli.generators.rule import SamplingRule, generator

if TYPE_CHECKING:
    import torch

REFILL_SHARE = 1 / 8
"""Free rows are filled when there are this many of them: prefilling one prompt at a time is slow."""
DROP_SHARE = 1 / 5
"""Free rows are dropped, once nothing waits, when there are more than this: dropping copies the cache."""
SLACK = 1 / 2
"""Room in the cache beyond the longest row, as a share of the longest completion: the clock is set back that rarely."""
PREFILL_TOKENS = 8192
"""Tokens of one forward pass over prompts."""


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One completion that is wanted."""

    prompt: tuple[int, ...]
    """Token ids, at least one."""
    seed: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One completion."""

    tokens: tuple[int, ...]
    """Token ids, the end token included if the completion is finished."""
    logprobs: tuple[float, ...]
    """Of these tokens, under the distribution that they were drawn from."""
    finished: bool
    """Ended by itself, rather than at the limit."""


class HowToDraw(TypedDict):
    """What every way of drawing is told."""

    rule: SamplingRule
    max_new_tokens: int
    end_ids: Collection[int]


@dataclass(slots=True)
class _Row:
    """A completion that is being drawn."""

    number: int
    rng: torch.Generator
    position: int
    """Of the last token that was drawn."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


def supports(model: Any) -> str:
    """Why the loop cannot run this model; empty if it can."""
    config = model.config.get_text_config(decoder=True)
    other = sorted(set(getattr(config, "layer_types", None) or ()) - {"full_attention"})
    if other:
        return f"it has layers of the kind {', '.join(other)}"
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        return "its attention has a sliding window"
    if config._attn_implementation not in {"sdpa", "eager"}:  # noqa: SLF001 - transformers has no public name for it
        return f"its attention is {config._attn_implementation}"  # noqa: SLF001
    inner = model.get_base_model() if hasattr(model, "peft_config") else model  # adapters hand everything on
    takes = inspect.signature(inner.forward).parameters
    missing = [name for name in ("position_ids", "past_key_values", "logits_to_keep") if name not in takes]
    return f"its forward takes no {', '.join(missing)}" if missing else ""


def left_padded(prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(token ids, mask), each (N, longest prompt): prompts end at the right, and padding is 0 in both."""
    import torch

    width = max(map(len, prompts))
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids, mask


def decode(
    model: Any,
    requests: Sequence[SampleRequest],
    *,
    rule: SamplingRule,
    max_new_tokens: int,
    end_ids: Collection[int],
    rows: int,
) -> Iterator[tuple[int, Drawn]]:
    """Draw all requests; yields (number of the request, completion) as they end.

    Requests with the same prompt should be neighbours: the prompt is then computed once. `rows` completions are drawn
    at a time. Call it under `torch.no_grad()`, with the model in `eval()`.
    """
    if requests:
        decoder = _Decoder(
            model, requests, rule=rule, max_new_tokens=max_new_tokens, end_ids=frozenset(end_ids), rows=rows
        )
        yield from decoder.run()


class _Decoder:
    """The state of one call of `decode`. Row i of every tensor and `self.rows[i]` belong together."""

    def __init__(
        self,
        model: Any,
        requests: Sequence[SampleRequest],
        *,
        rule: SamplingRule,
        max_new_tokens: int,
        end_ids: frozenset[int],
        rows: int,
    ) -> None:
        self.model = model
        self.device = model.device
        self.requests = requests
        self.waiting = deque(range(len(requests)))
        self.rule = rule
        self.max_new_tokens = max_new_tokens
        self.end_ids = end_ids
        longest = max(len(request.prompt) for request in requests)
        rows = min(rows, len(requests))
        slack = int(max_new_tokens * SLACK) if len(requests) > rows else 0
        self.slots = Slots(rows, capacity=longest + max_new_tokens + slack, longest_prompt=longest, device=model.device)
        self.rows: list[_Row | None] = [None] * rows
        self.ended: list[tuple[int, Drawn]] = []

    def run(self) -> Iterator[tuple[int, Drawn]]:
        self._fill()
        while True:
            yield from self.ended
            self.ended.clear()
            if not any(self.rows):
                if not self.waiting:
                    return
                self._fill()
                continue
            self._step()
            if self.waiting and self._free() >= max(1, REFILL_SHARE * len(self.rows)):
                self._fill()
            elif not self.waiting and self._free() > DROP_SHARE * len(self.rows):
                self._drop_free_rows()

    def _free(self) -> int:
        return self.rows.count(None)

    def _step(self) -> None:
        """One more token of every living row."""
        import torch

        self.slots.make_room()
        last = [row.tokens[-1] if row else 0 for row in self.rows]
        positions = [row.position if row else 0 for row in self.rows]
        logits = self.model(
            input_ids=torch.tensor(last, device=self.device)[:, None],
            position_ids=torch.tensor(positions, device=self.device)[:, None],
            attention_mask=self.slots.mask(),
            past_key_values=self.slots.cache(),
            use_cache=True,
        ).logits[:, -1]  # (B, V)
        self.slots.tick()
        self._draw([i for i, row in enumerate(self.rows) if row], logits)

    def _draw(self, places: list[int], logits: torch.Tensor) -> None:
        """Draw one token for the rows at `places`, whose logits (B, V) are given for all rows."""
        living = [row for place in places if (row := self.rows[place]) is not None]
        chosen = logits if len(places) == len(logits) else logits[places]
        tokens, logprobs = self.rule.draw(chosen, [row.rng for row in living])
        drawn = zip(places, living, tokens.tolist(), logprobs.tolist(), strict=True)
        freed = []
        for place, row, token, logprob in drawn:
            row.tokens.append(token)
            row.logprobs.append(logprob)
            row.position += 1
            finished = token in self.end_ids
            if finished or len(row.tokens) == self.max_new_tokens:
                self.ended.append((row.number, Drawn(tuple(row.tokens), tuple(row.logprobs), finished)))
                self.rows[place] = None
                freed.append(place)
        if freed:
            self.slots.release(freed)

    def _fill(self) -> None:
        """Give every free row a request that waits, and draw their first tokens."""
        free = [place for place, row in enumerate(self.rows) if row is None]
        while free and self.waiting:
            prompts: list[tuple[int, ...]] = []
            source: list[int] = []
            places: list[int] = []
            longest = 0
            while free and self.waiting:
                number = self.waiting[0]
                request = self.requests[number]
                if not prompts or prompts[-1] != request.prompt:
                    longest = max(longest, len(request.prompt))
                    if prompts and longest * (len(prompts) + 1) > PREFILL_TOKENS:
                        break
                    prompts.append(request.prompt)
                self.waiting.popleft()
                place = free.pop(0)
                self.rows[place] = _Row(number, generator(request.seed, self.device), len(request.prompt) - 1)
                places.append(place)
                source.append(len(prompts) - 1)
            self._prefill(prompts, source, places)

    def _prefill(self, prompts: list[tuple[int, ...]], source: list[int], places: list[int]) -> None:
        """Compute prompts, copy their keys and values into rows, and draw the first token of each row."""
        import torch
        from transformers.cache_utils import DynamicCache

        ids, mask = left_padded(prompts)
        cache = DynamicCache()
        logits = self.model(
            input_ids=ids.to(self.device),
            attention_mask=mask.to(self.device),
            position_ids=(mask.cumsum(1) - 1).clamp(min=0).to(self.device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]  # (U, V)
        where = torch.tensor(source, device=self.device)
        lengths = torch.tensor([len(prompts[i]) for i in source], device=self.device)
        self.slots.place(torch.tensor(places, device=self.device), cache, where, lengths)
        everything = logits.new_zeros(len(self.rows), logits.shape[1])
        everything[places] = logits[where]
        self._draw(places, everything)

    def _drop_free_rows(self) -> None:
        import torch

        living = [place for place, row in enumerate(self.rows) if row]
        if living:
            self.slots.keep(torch.tensor(living, device=self.device))
        self.rows = [self.rows[place] for place in living]

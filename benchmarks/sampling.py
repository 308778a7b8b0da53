"""Tokens that are sampled in a second: our decode loop against transformers' `generate`.

Four completions of each of 256 held-out problems, as an evaluation at scale=laptop draws them, with one thread.
`generate` gets batches of 256 completions, prompts sorted by length. Tokens count up to the one that ends a text, which
is what is of use: `generate` goes on with padding until the longest of a batch has ended.

Then the same by the clock with all cores, on an idle machine: our loop in one process a core, our loop with the cores
as threads of one process, and `generate` with threads.

    python -m benchmarks.sampling MODEL      # out/model of a base or of an R1-Zero in a store
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

from r1cli.config.build import build
from r1cli.generators.base import Sampling, end_ids
from r1cli.generators.processes import pool
from r1cli.generators.sampler import Prompt, sample
from r1cli.machine import cores
from r1cli.training.models import prompt_text

Way = Callable[[Any, Any, list[Prompt], int], int]
PROMPTS = 256
PER_PROMPT = 4
ROWS = 128
"""Completions that our loop draws at a time."""
BATCH = 256
"""The same of `generate`."""


def ours(model: Any, tokenizer: Any, prompts: list[Prompt], longest: int) -> int:
    """Tokens that the decode loop drew."""
    sampling = Sampling(per_prompt=PER_PROMPT, temperature=1.0, top_p=1.0, max_completion_tokens=longest)
    drawn = sample(model, tokenizer, prompts, sampling, seed=0, rows=ROWS)
    return sum(completion.tokens for _, completions in drawn for completion in completions)


def ours_in_threads(model: Any, tokenizer: Any, prompts: list[Prompt], longest: int) -> int:
    """The same in this process alone."""
    with mock.patch.object(pool, "FEWEST", sys.maxsize):
        return ours(model, tokenizer, prompts, longest)


def generate(model: Any, tokenizer: Any, prompts: list[Prompt], longest: int) -> int:
    """Tokens that transformers' own loop drew."""
    import torch

    ends = end_ids(model, tokenizer)
    texts = sorted((prompt.text for prompt in prompts), key=len)
    tokens = 0
    torch.manual_seed(0)
    for start in range(0, len(texts), BATCH // PER_PROMPT):
        batch = texts[start : start + BATCH // PER_PROMPT]
        inputs = tokenizer(batch, padding=True, padding_side="left", return_tensors="pt")
        with torch.inference_mode():
            whole = model.generate(
                **inputs,
                do_sample=True,
                temperature=1.0,
                top_p=1.0,
                top_k=0,
                num_return_sequences=PER_PROMPT,
                max_new_tokens=longest,
                eos_token_id=list(ends),
                pad_token_id=tokenizer.pad_token_id,
            )
        for row in whole[:, inputs["input_ids"].shape[1] :].tolist():
            end = next((place for place, token in enumerate(row) if token in ends), len(row) - 1)
            tokens += end + 1
    return tokens


def main() -> None:
    """Print both rates and their ratio."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(sys.argv[1]), AutoTokenizer.from_pretrained(sys.argv[1])
    stage: Any = build("run", ["recipe=r1_zero", "scale=laptop"]).stages["eval_base"]
    prompts = [Prompt(row.id, prompt_text(stage.model.template, row.prompt)) for row in stage.data.rows()[:PROMPTS]]
    given = (model, tokenizer, prompts, stage.sampling.max_completion_tokens)
    print(f"one thread, CPU seconds: {compared((ours, generate), time.process_time, *given):.2f}x")
    torch.set_num_threads(cores())
    ours(model, tokenizer, prompts[:64], 8)  # starts the processes
    ways = (ours, ours_in_threads, generate)
    print(f"{cores()} cores, by the clock: {compared(ways, time.perf_counter, *given):.2f}x")


def compared(ways: Sequence[Way], clock: Callable[[], float], *given: Any) -> float:
    """Print the rate of each; the first one's against the last one's."""
    rates = []
    for way in ways:
        began = clock()
        tokens = way(*given)
        seconds = clock() - began
        rates.append(tokens / seconds)
        print(f"  {way.__name__:15} {tokens:,} tokens in {seconds:.1f} s: {tokens / seconds:,.0f} a second")
    return rates[0] / rates[-1]


if __name__ == "__main__":
    main()

"""Sample completions with transformers' own `generate`: no server, any device, exact to repeat.

Prompts are sorted by length, so that little is padded, and drawn in batches, each with its own RNG seed: what one batch
gives does not depend on the others, and a stage that resumes half-way gets the same text as one that never stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from r1cli.generators.base import Sampling, completion_of, end_ids
from r1cli.template import Completion


def sample(
    model: Any, tokenizer: Any, prompts: Sequence[str], sampling: Sampling, *, seed: int
) -> Iterator[tuple[int, list[Completion]]]:
    """(index of the prompt, its completions), batch after batch; a `r1cli.generators.base.Sampler`."""
    import torch

    prompts_per_batch = max(1, sampling.batch_size // sampling.per_prompt)
    by_length = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    model.eval()
    for batch, start in enumerate(range(0, len(by_length), prompts_per_batch)):
        indices = by_length[start : start + prompts_per_batch]
        with torch.random.fork_rng():
            torch.manual_seed(seed * 1_000_003 + batch)
            completions = _generate(model, tokenizer, [prompts[i] for i in indices], sampling)
        for place, index in enumerate(indices):
            yield index, completions[place * sampling.per_prompt : (place + 1) * sampling.per_prompt]


def _generate(model: Any, tokenizer: Any, prompts: list[str], sampling: Sampling) -> list[Completion]:
    """`per_prompt` completions of each prompt, in order."""
    import torch

    ends = end_ids(model, tokenizer)
    encoded = tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt").to(model.device)
    with torch.inference_mode():
        ids = model.generate(
            **encoded,
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=0,
            num_return_sequences=sampling.per_prompt,
            max_new_tokens=sampling.max_completion_tokens,
            eos_token_id=ends,
            pad_token_id=tokenizer.pad_token_id,
        )  # (prompts * per_prompt, prompt + completion)
    sampled = ids[:, encoded["input_ids"].shape[1] :].tolist()
    completions = []
    for row, tokens in enumerate(sampled):
        prompt = prompts[row // sampling.per_prompt]
        completions.append(completion_of(tokenizer, prompt, tokens, ends))
    return completions

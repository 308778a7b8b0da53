"""What our GRPO trainer cannot do, and leaves to TRL's own code."""

from __future__ import annotations

from typing import Any

from r1cli.generators.native import supports

PER_ROW = frozenset({"grpo", "dr_grpo", "sapo", "luspo"})
"""Loss types that are means over rows."""
PER_BATCH = frozenset({"dapo", "cispo", "vespo"})
"""Loss types that are sums over tokens, divided by a number that comes with the batch."""
PER_TOKEN = frozenset({"bnpo"})
"""Loss types that are means over the tokens of what they are given."""


def why_not_native(trainer: Any) -> str:
    """Why completions are left to TRL; empty if our loop draws them."""
    args = trainer.args
    if trainer.use_vllm:
        return "vLLM draws them"
    if trainer.use_transformers_continuous_batching:
        return "trainer.use_transformers_continuous_batching is set"
    if trainer.tools or trainer._is_vlm:  # noqa: SLF001
        return "the policy uses tools or sees images"
    if args.top_k or args.min_p or args.repetition_penalty != 1.0 or args.generation_kwargs:
        return "top_k, min_p, repetition_penalty or generation_kwargs is set"
    return supports(trainer.accelerator.unwrap_model(trainer.model))


def why_not_chunked(trainer: Any) -> str:
    """Why the loss is left to TRL; empty if it is computed in chunks."""
    if trainer.loss_type not in PER_ROW | PER_BATCH | PER_TOKEN:
        return f"loss_type {trainer.loss_type}"
    if trainer._is_vlm or trainer.tools:  # noqa: SLF001
        return "the policy uses tools or sees images"
    if trainer.aux_loss_enabled:
        return "the model has an auxiliary loss"
    if trainer._entropy_bonus_enabled or trainer.top_entropy_quantile < 1.0:  # noqa: SLF001
        return "its terms need the entropy of the whole batch"
    return ""

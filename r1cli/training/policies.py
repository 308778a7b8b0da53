"""A model to sample from: its weights in this process for the native sampler, or an engine of vLLM's with them."""

from __future__ import annotations

from typing import Any

from r1cli.generators.vllm.settings import Vllm
from r1cli.stage import Context, ModelSpec
from r1cli.training.models import folder_of, load_model, load_tokenizer


def load_policy(ctx: Context, spec: ModelSpec, backend: Vllm | None) -> tuple[Any, Any]:
    """(what draws, tokenizer) of the stage's input `model`, as `r1cli.generators.sampler` takes them.

    Args:
        ctx: of the stage.
        spec: of the model.
        backend: None: the native sampler.
    """
    source, placement = ctx.inputs["model"], ctx.placement
    tokenizer = load_tokenizer(source)
    if backend is None:
        return load_model(source, spec, placement.device), tokenizer
    engine = backend.engine(
        folder_of(source),
        dtype=spec.dtype,
        device=placement.device,
        rows=placement.sampling_rows,
        log=ctx.checkpoint / f"vllm-{placement.rank}.log",
    )
    return engine, tokenizer

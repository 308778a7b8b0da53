"""`conf/generator/vllm.yaml`: how vLLM draws the completions of a model of ours, in place of the native sampler."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.generators.vllm.engine import Engine

CPU_ROWS = 64
"""Sequences at once on a CPU, at most: more are not faster there."""


class Vllm(Component):
    """That vLLM draws, and in which type it computes, is part of a result; memory, ports and batches are not."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {"memory_share", "kv_cache_gib", "context", "tensor_parallel", "eager", "mode", "server", "largest_difference"}
    )

    dtype: Literal["auto", "float32", "bfloat16", "float16"]
    """auto: that of the weights (`model.dtype`)."""
    memory_share: float = Field(gt=0, le=1)
    """Of a GPU's memory, weights included."""
    kv_cache_gib: float = Field(gt=0)
    """On a CPU, where a share of the machine's memory would be meant."""
    context: PositiveInt | None
    """Longest prompt plus completion in tokens; None: as the model has it."""
    tensor_parallel: PositiveInt
    """GPUs that one engine spreads the model over."""
    eager: bool
    """Without compiled kernels: up sooner, slower afterwards. Always so on a CPU."""
    mode: Literal["colocate", "server"]
    """GRPO: an engine in each training process, or `vllm serve` on GPUs of its own."""
    server: str | None
    """Its address, for mode=server."""
    largest_difference: float | None = Field(gt=0)
    """GRPO: between a token's log-probability at vLLM and in the trained model; more fails the run. None: by dtype."""

    def engine(self, folder: Path, *, dtype: str, device: str, rows: int, log: Path) -> Engine:
        """An engine for the model in a folder; it starts when it is first asked.

        Args:
            folder: of the model.
            dtype: of its weights.
            device: cpu or cuda.
            rows: completions drawn at a time.
            log: file for vLLM's own words.
        """
        made_of: dict[str, Any] = {
            "model": str(folder),
            "dtype": dtype if self.dtype == "auto" else self.dtype,
            "logprobs_mode": "processed_logprobs",
            "max_model_len": self.context,
            "max_num_seqs": rows,
            "enforce_eager": self.eager,
        }
        environment: dict[str, str] = {}
        if device == "cpu":
            made_of |= self._on_a_cpu(folder, rows)
            environment = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        else:
            made_of |= {"gpu_memory_utilization": self.memory_share, "tensor_parallel_size": self.tensor_parallel}
            if "LOCAL_RANK" in os.environ and self.tensor_parallel == 1:
                environment = {"CUDA_VISIBLE_DEVICES": _visible(int(os.environ["LOCAL_RANK"]))}
        return Engine(folder, made_of, log=log, environment=environment)

    def _on_a_cpu(self, folder: Path, rows: int) -> dict[str, Any]:
        """Seeded requests end vLLM's engine on a CPU where a prompt is computed in pieces; so none is."""
        rows = min(rows, CPU_ROWS)
        context = self.context or longest_context(folder)
        return {
            "max_num_seqs": rows,
            "max_model_len": context,
            "max_num_batched_tokens": rows * context,
            "kv_cache_memory_bytes": int(self.kv_cache_gib * 2**30),
            "enforce_eager": True,
        }


def longest_context(folder: Path) -> int:
    """Tokens that a model takes, by its configuration."""
    from transformers import AutoConfig

    return int(AutoConfig.from_pretrained(folder, trust_remote_code=False).max_position_embeddings)


def _visible(rank: int) -> str:
    """The GPU of a process, among those that it may see."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return visible.split(",")[rank] if visible else str(rank)

"""GRPO's rollouts from vLLM: TRL's own two modes, told what `generator=vllm` says, and watched for stale weights.

`colocate` has an engine in each training process, `server` talks to `vllm serve`. TRL hands over the weights before
each rollout and corrects for what vLLM computes otherwise (importance sampling). If the weights did not arrive, vLLM
would sample from an older policy, and nothing would stop: so the log-probabilities of the sampled tokens are compared
with those of the trained model, and a difference that no arithmetic explains fails the run.

On a CUDA device TRL's code runs as it is. On a CPU two things of it do not work, and are mended here, for tests: vLLM
would turn float32 weights into bfloat16, and weights cannot be handed over one by one.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from r1cli.errors import ConfigError, StageFailed
from r1cli.generators.rule import seed_of
from r1cli.generators.vllm.settings import Vllm
from r1cli.stage import Placement

DIFFERENCE = "sampling/sampling_logp_difference/max"
"""TRL's metric: the largest difference of a rollout's tokens, over all processes."""
EXACT, ROUNDED = 1e-3, 1.0
"""What is believed without a word from the user: where both compute in float32, and elsewhere."""


def arguments_of(backend: Vllm | None) -> dict[str, Any]:
    """What a trainer's arguments say of vLLM; nothing where the native sampler draws."""
    if backend is None:
        return {}
    arguments: dict[str, Any] = {
        "use_vllm": True,
        "vllm_mode": backend.mode,
        "vllm_importance_sampling_correction": True,
        "vllm_max_model_length": backend.context,
    }
    if backend.mode == "server":
        return arguments | {"vllm_server_base_url": backend.server}
    return arguments | {
        "vllm_gpu_memory_utilization": backend.memory_share,
        "vllm_tensor_parallel_size": backend.tensor_parallel,
    }


def prepare(backend: Vllm | None, placement: Placement, dtype: str) -> None:
    """What must be done before a trainer is made.

    Raises:
        ConfigError: a CPU and a server of vLLM's, which no weights would reach.
    """
    if backend is None or placement.device != "cpu":
        return
    if backend.mode == "server":
        raise ConfigError(
            "generator.backend.mode=server: weights are handed over by NCCL, which needs GPUs",
            hint="generator.backend.mode=colocate samples in the training's own process",
        )
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")  # else the first tokens wait for a compiler
    _mend_colocate_on_a_cpu(backend, dtype if backend.dtype == "auto" else backend.dtype)


def _mend_colocate_on_a_cpu(backend: Vllm, dtype: str) -> None:
    from trl.generation import vllm_generation

    if isinstance(vllm_generation.LLM, partial):
        return
    vllm_generation.LLM = partial(
        vllm_generation.LLM,
        dtype=dtype,
        enforce_eager=True,
        kv_cache_memory_bytes=int(backend.kv_cache_gib * 2**30),
    )
    vllm_generation.VLLMGeneration.sync_weights = _sync_weights  # type: ignore[method-assign]


def _sync_weights(generation: Any) -> None:
    """Hand all weights over at once: vLLM packs its layers for a CPU, and packed ones take no weight singly.

    An output layer that is tied to the embedding has no weight of its own, and would keep its old pack.
    """
    runner = generation.llm.llm_engine.model_executor.driver_worker.model_runner
    named = generation._iter_named_params()  # noqa: SLF001 - TRL's own, which gathers sharded weights
    runner.reload_weights(weights_iterator=((name, weight.detach().clone()) for name, weight in named))
    head = runner.get_model().lm_head
    head.quant_method.process_weights_after_loading(head)
    generation.llm.reset_prefix_cache()


def watch(trainer: Any, backend: Vllm | None, placement: Placement, *, dtype: str, seed: int) -> None:
    """What must be done after a trainer is made: watch its rollouts, and seed them from the stage's seed.

    Making vLLM's engine seeds every random number generator of this process with the number of the process.
    """
    if backend is None:
        return
    import torch

    torch.manual_seed(seed_of(seed, "rollouts", placement.rank))
    trainer.largest_difference = largest_difference(backend, placement, dtype)


def largest_difference(backend: Vllm, placement: Placement, dtype: str) -> float:
    """What two computations of the same log-probability may differ by."""
    if backend.largest_difference is not None:
        return backend.largest_difference
    sampled_in = dtype if backend.dtype == "auto" else backend.dtype
    return EXACT if placement.device == "cpu" and sampled_in == dtype == "float32" else ROUNDED


def refuse_stale(metrics: dict[str, list[float]], bound: float) -> None:
    """Compare a rollout's difference with the bound.

    Raises:
        StageFailed: vLLM did not sample from the policy that is trained.
    """
    difference = metrics[DIFFERENCE][-1]
    if not difference <= bound:
        raise StageFailed(
            f"vLLM's log-probabilities differ from those of the trained model by {difference:.3g} (at most {bound:g})",
            hint="its weights are stale, or of another type; generator.backend.largest_difference sets the bound",
        )

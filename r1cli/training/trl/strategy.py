"""How several processes train one model: `hardware.strategy` in the words of transformers and accelerate.

| strategy | each process holds | engine |
|---|---|---|
| ddp | the whole model | torch DistributedDataParallel |
| fsdp2 | a share of weights, gradients and optimizer | torch fully_shard, layer by layer |
| zero2 | all weights, a share of gradients and optimizer | DeepSpeed ZeRO-2 |
| zero3 | a share of everything | DeepSpeed ZeRO-3 |

The keys are ours and typed (`conf/hardware/`): accelerate passes over a key of its FSDP configuration that it does not
know, and trains without what it asked for. For the same reason `check` looks at what the trainer has really become.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from r1cli.stage import Placement, Strategy

ENGINES: Mapping[Strategy, frozenset[str]] = {
    "ddp": frozenset({"MULTI_GPU", "MULTI_CPU"}),
    "fsdp2": frozenset({"FSDP"}),
    "zero2": frozenset({"DEEPSPEED"}),
    "zero3": frozenset({"DEEPSPEED"}),
}
"""accelerate's names of what trains (`accelerate.utils.DistributedType`)."""


def arguments_of(placement: Placement) -> dict[str, Any]:
    """What a trainer's arguments say of the strategy; nothing where one process trains."""
    if placement.processes == 1:
        return {}
    if placement.strategy == "ddp":
        # Buffers are constants here. Sent before every forward pass, they would tie the passes of processes together.
        return {"ddp_broadcast_buffers": False}
    if placement.strategy == "fsdp2":
        return _fsdp2(placement)
    return {"deepspeed": zero(3 if placement.strategy == "zero3" else 2)}


def _fsdp2(placement: Placement) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "fsdp": True,
        "fsdp_config": {
            "version": 2,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "reshard_after_forward": True,
            "state_dict_type": "SHARDED_STATE_DICT",
            "activation_checkpointing": placement.device == "cuda",
        },
        # The trainer's own kind would gather every layer once more in the backward pass.
        "activation_checkpointing": False,
    }
    if placement.replicas > 1:
        from accelerate.parallelism_config import ParallelismConfig

        shards = placement.processes // placement.replicas
        arguments["parallelism_config"] = ParallelismConfig(dp_replicate_size=placement.replicas, dp_shard_size=shards)
    return arguments


def zero(stage: int) -> dict[str, Any]:
    """DeepSpeed's configuration; `auto` is filled in from the trainer's own arguments."""
    return {
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto"},
        "zero_allow_untested_optimizer": True,
        "zero_optimization": {
            "stage": stage,
            "overlap_comm": True,
            **({"stage3_gather_16bit_weights_on_model_save": True} if stage == 3 else {}),
        },
    }


def prepare(placement: Placement) -> None:
    """What must be done before a trainer is made: on a CPU accelerate has to be told that it may shard."""
    if placement.processes > 1 and placement.strategy == "fsdp2" and placement.device == "cpu":
        _let_accelerate_shard_on_a_cpu()


@cache
def _let_accelerate_shard_on_a_cpu() -> None:
    """accelerate turns FSDP on for every device but a CPU, where it trains with DDP instead and does not say so.

    torch itself shards on a CPU, over gloo. Remove this when `tests/stages/test_sharded.py` says that it does nothing.
    """
    from accelerate import state
    from accelerate.utils import DistributedType

    original = state.AcceleratorState.__init__

    def patched(self: Any, *arguments: Any, fsdp_plugin: Any = None, **named: Any) -> None:
        original(self, *arguments, fsdp_plugin=fsdp_plugin, **named)
        if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
            self.distributed_type = DistributedType.FSDP
            if self._mixed_precision != "no":
                fsdp_plugin.set_mixed_precision(self._mixed_precision)
            self.fsdp_plugin = fsdp_plugin
            state.PartialState._shared_state["distributed_type"] = DistributedType.FSDP  # noqa: SLF001

    state.AcceleratorState.__init__ = patched


def add_gradients_in_float32(trainer: Any) -> None:
    """Have FSDP2 add gradients of all processes in float32, as DDP does, where passes are computed in half precision.

    accelerate would add them in that precision, too. To be called before the trainer shards its model.
    """
    plugin = getattr(trainer.accelerator.state, "fsdp_plugin", None)
    if plugin is not None and plugin.mixed_precision_policy is not None:
        import torch

        plugin.mixed_precision_policy = replace(plugin.mixed_precision_policy, reduce_dtype=torch.float32)


def compatible(trainer: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """A user's trainer keys, with the one that FSDP2 has a kind of its own of moved to where it is looked for."""
    keys = dict(trainer)
    if "fsdp_config" in common and "activation_checkpointing" in keys:
        common["fsdp_config"]["activation_checkpointing"] = keys.pop("activation_checkpointing")
    return keys


@contextlib.contextmanager
def references_in_layers(placement: Placement) -> Iterator[None]:
    """Have GRPO's reference model sharded layer by layer, as its policy is, while a trainer is made.

    TRL shards it as one unit, so that every forward pass gathers all of it: 14 GiB for 7 B parameters in bfloat16.
    """
    if placement.processes == 1 or placement.strategy != "fsdp2":
        yield
        return
    from trl.trainer import grpo_trainer

    as_one = grpo_trainer.prepare_fsdp
    grpo_trainer.prepare_fsdp = _sharded_in_layers
    try:
        yield
    finally:
        grpo_trainer.prepare_fsdp = as_one


def _sharded_in_layers(model: Any, accelerator: Any) -> Any:
    """A model that is only read, in place of `trl.models.utils.prepare_fsdp`.

    No layer stays gathered after its forward pass: there is no backward pass to free it, and a reference that is
    gathered cannot be replaced by a policy that is not.
    """
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    mesh = getattr(accelerator, "torch_device_mesh", None)
    how: dict[str, Any] = {
        "reshard_after_forward": True,
        "mp_policy": accelerator.state.fsdp_plugin.mixed_precision_policy or MixedPrecisionPolicy(),
        "mesh": mesh[tuple(accelerator.parallelism_config.fsdp_dim_names)] if mesh is not None else None,
    }
    names = set(model._no_split_modules)  # noqa: SLF001 - what accelerate's TRANSFORMER_BASED_WRAP goes by
    for module in list(model.modules()):
        if type(module).__name__ in names:
            fully_shard(module, **how)
    fully_shard(model, **how)
    return model.eval()


def check(trainer: Any, placement: Placement) -> None:
    """See that the trainer is what was asked for.

    Raises:
        RuntimeError: accelerate made something else of it.
    """
    found = trainer.accelerator.distributed_type.name
    expected = ENGINES[placement.strategy] if placement.processes > 1 else frozenset({"NO"})
    if found not in expected:
        raise RuntimeError(
            f"asked for {placement.strategy} on {placement.processes} processes, accelerate runs {found}"
        )

"""What a trainer of TRL is told: the keys of the stage's `trainer`, checked, and what r1 decides for all trainers.

`trainer:` in YAML goes unchanged into TRL's own configuration class, so no argument is declared twice. The price is
that a typing error would only show when the trainer is made, perhaps hours into a recipe; `checked` finds it before.
"""

from __future__ import annotations

import dataclasses
import enum
import os
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from r1cli.errors import ConfigError
from r1cli.stage import Context, ModelSpec, Placement
from r1cli.text import did_you_mean
from r1cli.training.trl import strategy

NOT_IDENTITY = frozenset({
    "logging_steps", "logging_first_step",
    "activation_checkpointing", "activation_checkpointing_kwargs",
    "dataloader_num_workers", "dataloader_pin_memory", "ddp_timeout", "torch_empty_cache_steps", "log_level",
    "vllm_gpu_memory_utilization", "vllm_server_base_url", "vllm_server_host", "vllm_server_port",
    "vllm_server_timeout", "vllm_mode", "vllm_tensor_parallel_size", "vllm_enable_sleep_mode",
})  # fmt: skip
"""Trainer keys that change how fast or how loudly weights are made, not which."""

_HARDWARE = "hardware decides it"
_PRECISION = "set hardware.precision"
_RUNNER = "r1 decides it"
_UNTRUSTED = "r1 runs no code that comes with a model"
DECIDED = {
    **dict.fromkeys((
        "per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps", "use_cpu",
        "auto_find_batch_size", "local_rank", "ddp_backend", "ddp_broadcast_buffers", "accelerator_config",
        "ds3_gather_for_generation",
    ), _HARDWARE),
    **dict.fromkeys(("fsdp", "fsdp_config", "deepspeed", "parallelism_config"), "set hardware.strategy"),
    **dict.fromkeys(("bf16", "fp16"), _PRECISION),
    **dict.fromkeys((
        "output_dir", "report_to", "run_name", "disable_tqdm", "remove_unused_columns",
        "resume_from_checkpoint", "push_to_hub", "hub_model_id", "hub_token", "do_train", "do_eval", "eval_strategy",
        "load_best_model_at_end", "dataset_kwargs", "shuffle_dataset", "train_sampling_strategy", "model_init_kwargs",
        "log_completions", "log_completions_hub_repo", "logging_strategy", "enable_jit_checkpoint",
    ), _RUNNER),
    **dict.fromkeys(("save_steps", "save_strategy", "save_total_limit", "save_only_model"), "set checkpoint_every"),
    "gradient_checkpointing": "set trainer.activation_checkpointing",
    "gradient_checkpointing_kwargs": "set trainer.activation_checkpointing_kwargs",
    "seed": "set seed", "data_seed": "set seed",
    "max_length": "set model.max_tokens",
    "trust_remote_code": _UNTRUSTED,
}  # fmt: skip
"""Trainer keys that belong to someone else, and to whom. A stage adds its own."""


def checked(config_class: type, trainer: Mapping[str, Any], decided: Mapping[str, str] = DECIDED) -> dict[str, Any]:
    """The keys of `trainer`, each known to the trainer's own config class and of the type that it declares.

    Raises:
        ConfigError: a key is unknown or belongs to someone else, or a value has the wrong type.
    """
    fields = {f.name: f for f in dataclasses.fields(config_class)}
    hints = typing.get_type_hints(config_class)
    arguments = {}
    for key, value in trainer.items():
        if key in decided:
            raise ConfigError(f"trainer.{key} cannot be given", hint=decided[key])
        if key not in fields:
            allowed = sorted(fields.keys() - decided.keys())
            hint = did_you_mean(key, allowed, prefix="trainer.") or f"see trl.{config_class.__name__} for its keys"
            raise ConfigError(f"trainer.{key} is no argument of trl.{config_class.__name__}", hint=hint)
        arguments[key] = _typed(f"trainer.{key}", value, hints[key], fields[key].metadata.get("choices"))
    return arguments


def _typed(name: str, value: Any, hint: Any, choices: Sequence[Any] | None) -> Any:
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    hint = _without_str(hint)
    try:
        typed = TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
    except ValidationError as e:
        raise ConfigError(f"{name}: {e.errors()[0]['msg']}, not {value!r}", hint=f"declared as {_shown(hint)}") from e
    if choices and typed not in choices:
        raise ConfigError(f"{name}: no such choice as {value!r}", hint=f"one of {', '.join(map(str, choices))}")
    return typed.value if isinstance(typed, enum.Enum) else typed


def _without_str(hint: Any) -> Any:
    """`SchedulerType | str` takes any text; what is meant are the names of SchedulerType."""
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    options = typing.get_args(hint) if is_union else ()
    if any(isinstance(o, type) and issubclass(o, enum.Enum) for o in options):
        return typing.Union[tuple(o for o in options if o is not str)]  # noqa: UP007 - built at run time
    return hint


def _shown(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "one of " + ", ".join(str(m.value) for m in hint)
    return getattr(hint, "__name__", str(hint))


def common_arguments(ctx: Context, spec: ModelSpec, *, seed: int, batch_size: int, save_every: int) -> dict[str, Any]:
    """What r1 and the hardware say to every trainer: where it writes, how the batch is cut, that it keeps quiet.

    Args:
        ctx: of the stage.
        spec: of the model that is trained.
        seed: of the stage.
        batch_size: sequences of one update, over all devices.
        save_every: updates between two checkpoints.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    per_device, accumulation = ctx.placement.split(batch_size)
    on_gpu = ctx.placement.device == "cuda"
    precision = mixed_precision(ctx.placement, spec.dtype)
    return {
        "output_dir": str(ctx.checkpoint),
        "per_device_train_batch_size": per_device,
        "gradient_accumulation_steps": accumulation,
        "use_cpu": not on_gpu,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "activation_checkpointing": on_gpu,  # there memory is what is short
        "seed": seed,
        "report_to": [],
        "disable_tqdm": True,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": save_every,
        "save_total_limit": 2,  # the one before must stay until the new one is complete
        "dataloader_pin_memory": on_gpu,
        **strategy.arguments_of(ctx.placement),
    }


def mixed_precision(placement: Placement, dtype: str) -> Literal["bf16", "fp16", "fp32"]:
    """The precision of matrix products while training; weights and optimizer stay in `dtype`.

    auto: float32 on a CPU, where bfloat16 is slower; bfloat16 on a GPU that computes in it (Ampere and later); float16
    on an older one (V100, T4), where torch only emulates bfloat16. float16 needs its loss scaled, which works with
    float32 weights only.

    Raises:
        ConfigError: float16, asked for or the only choice, and weights that are not float32.
    """
    precision = placement.precision
    if precision == "auto":
        precision = _best_precision(placement)
    if precision == "fp16" and dtype != "float32":
        raise ConfigError(
            f"float16 training needs float32 weights, but model.dtype is {dtype}",
            hint="set model.dtype=float32, or hardware.precision=fp32 (or bf16, slow on a GPU that only emulates it)",
        )
    return precision


def _best_precision(placement: Placement) -> Literal["bf16", "fp16", "fp32"]:
    if placement.device == "cpu":
        return "fp32"
    import torch

    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"

"""All that touches TRL's insides: trainer arguments, exact resume, tracking. One file to mend when TRL moves.

Three defects of a plain `trainer.train(resume_from_checkpoint=...)` are mended here: GRPO forgets the rollouts that it
has not trained on yet, and a reference model that was synchronised is loaded anew from its first weights (`ExactResume`
restores both); and the second epoch of a resumed run has another order than that of a straight one (stages hand over
one long list in the order of training, which the trainer reads front to back).
"""

from __future__ import annotations

import dataclasses
import enum
import os
import random
import shutil
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from r1cli.errors import ConfigError
from r1cli.stage import Context, Tracker
from r1cli.text import did_you_mean

T = TypeVar("T")

POOL = 16
"""Batches that are sorted by length together."""

COMPLETE = "complete"
"""Empty file that is written last into a checkpoint; a checkpoint without it was torn by a kill."""

NOT_IDENTITY = frozenset({
    "logging_steps", "logging_first_step",
    "activation_checkpointing", "activation_checkpointing_kwargs",
    "dataloader_num_workers", "dataloader_pin_memory", "ddp_timeout", "torch_empty_cache_steps", "log_level",
    "vllm_gpu_memory_utilization", "vllm_server_base_url", "vllm_server_host", "vllm_server_port",
    "vllm_server_timeout", "vllm_mode", "vllm_tensor_parallel_size", "vllm_enable_sleep_mode",
})  # fmt: skip
"""Trainer keys that change how fast or how loudly weights are made, not which."""

_HARDWARE = "hardware decides it"
_RUNNER = "r1 decides it"
DECIDED = {
    **dict.fromkeys((
        "per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps", "use_cpu", "bf16",
        "fp16", "auto_find_batch_size", "local_rank", "ddp_backend",
    ), _HARDWARE),
    **dict.fromkeys((
        "output_dir", "report_to", "run_name", "disable_tqdm", "remove_unused_columns",
        "resume_from_checkpoint", "push_to_hub", "hub_model_id", "hub_token", "do_train", "do_eval", "eval_strategy",
        "load_best_model_at_end", "dataset_kwargs", "shuffle_dataset", "train_sampling_strategy", "model_init_kwargs",
        "log_completions", "log_completions_hub_repo", "logging_strategy",
    ), _RUNNER),
    **dict.fromkeys(("save_steps", "save_strategy", "save_total_limit", "save_only_model"), "set checkpoint_every"),
    "gradient_checkpointing": "set trainer.activation_checkpointing",
    "gradient_checkpointing_kwargs": "set trainer.activation_checkpointing_kwargs",
    "seed": "set seed", "data_seed": "set seed",
    "max_length": "set model.max_tokens",
}  # fmt: skip
"""Trainer keys that belong to someone else, and to whom. A stage adds its own."""


# ---------------------------------------------------------------------------------------------- trainer arguments


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


def arguments(ctx: Context, *, seed: int, batch_size: int, checkpoint_every: int) -> dict[str, Any]:
    """What r1 and the hardware say to every trainer: where it writes, how the batch is cut, that it keeps quiet."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    per_device, accumulation = ctx.placement.split(batch_size)
    on_gpu = ctx.placement.device == "cuda"
    return {
        "output_dir": str(ctx.checkpoint),
        "per_device_train_batch_size": per_device,
        "gradient_accumulation_steps": accumulation,
        "use_cpu": not on_gpu,
        "bf16": on_gpu,  # mixed precision; on a CPU it is slower than float32
        "activation_checkpointing": on_gpu,  # there memory is what is short
        "seed": seed,
        "report_to": [],
        "disable_tqdm": True,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": checkpoint_every,
        "save_total_limit": 2,  # the one before must stay until the new one is complete
        "dataloader_pin_memory": on_gpu,
    }


def order_of_training(lengths: Sequence[int], *, epochs: int, batch_size: int, seed: int) -> list[int]:
    """Row numbers in the order in which they are trained on, whole batches only, each of rows of similar length.

    Every pass has its own permutation; the last batch is filled from one more. Rows are sorted by length within pools
    of a few batches (little padding), then the pool's batches are shuffled.
    """
    rng = random.Random(seed)
    everything = list(range(len(lengths)))
    order = [i for _ in range(epochs) for i in _shuffled(everything, rng)]
    while len(order) % batch_size:
        order += _shuffled(everything, rng)[: batch_size - len(order) % batch_size]
    pools = [sorted(pool, key=lengths.__getitem__) for pool in _cut(order, batch_size * POOL)]
    return [i for pool in pools for batch in _shuffled(_cut(pool, batch_size), rng) for i in batch]


def _shuffled(items: list[T], rng: random.Random) -> list[T]:
    return rng.sample(items, len(items))


def _cut(items: list[int], size: int) -> list[list[int]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


# ---------------------------------------------------------------------------------------------- running a trainer


def train(trainer: Any, ctx: Context, callbacks: Sequence[Callback] = ()) -> None:
    """Train to the end, from the last complete checkpoint if there is one, and report to the tracker."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # it prints to stdout
    for callback in (ExactResume(trainer), Reporter(ctx.tracker), *callbacks):
        trainer.add_callback(callback)
    last = last_complete_checkpoint(ctx.checkpoint)
    if ctx.placement.is_main:
        _remove_torn_checkpoints(ctx.checkpoint)
    if last is not None:
        ctx.log.info("resuming from %s", last.name)
        ctx.tracker.rewind(_step_of(last))
    trainer.accelerator.wait_for_everyone()
    trainer.train(resume_from_checkpoint=str(last) if last else None)


def last_complete_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    complete = [p for p in folder.glob("checkpoint-*") if (p / COMPLETE).is_file()]
    return max(complete, key=_step_of, default=None)


def _remove_torn_checkpoints(folder: Path) -> None:
    for torn in folder.glob("checkpoint-*"):
        if not (torn / COMPLETE).is_file():
            shutil.rmtree(torn)


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))


class Callback:
    """transformers.TrainerCallback's interface, without importing it: events that are not handled pass by."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_"):
            return _ignore
        raise AttributeError(name)


def _ignore(*_: Any, **__: Any) -> None:
    """An event that nobody waits for."""


class ExactResume(Callback):
    """Save and restore what TRL's own checkpoints leave out, so that a resumed run makes the same weights.

    One file a process, because each holds its own share of the rollouts; the reference model once.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        torch.save(self._own_state(), folder / f"exact-{args.process_index}.pt")
        if (reference := self._moving_reference) is not None and args.should_save:
            torch.save(reference.state_dict(), folder / "reference.pt")
        self.trainer.accelerator.wait_for_everyone()
        if args.should_save:
            (folder / COMPLETE).touch()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.global_step == 0 or not folder.is_dir():
            return
        if (reference := self._moving_reference) is not None:
            reference.load_state_dict(torch.load(folder / "reference.pt", weights_only=True, map_location="cpu"))
        own = folder / f"exact-{args.process_index}.pt"
        saved = torch.load(own, weights_only=True, map_location=args.device.type) if own.is_file() else {}
        if saved.get("layout") == self._layout:
            for name, value in saved["attributes"].items():
                setattr(self.trainer, name, value)
        elif hasattr(self.trainer, "_step"):  # other hardware than before: its rollouts are cut otherwise, sample anew
            self.trainer._step = state.global_step * args.gradient_accumulation_steps  # noqa: SLF001

    def _own_state(self) -> dict[str, Any]:
        names = [n for n in ("_step", "_buffered_inputs", "_total_train_tokens") if hasattr(self.trainer, n)]
        return {"layout": self._layout, "attributes": {n: getattr(self.trainer, n) for n in names}}

    @property
    def _layout(self) -> list[int]:
        args = self.trainer.args
        return [args.world_size, args.per_device_train_batch_size, args.gradient_accumulation_steps]

    @property
    def _moving_reference(self) -> Any:
        """The reference model if it is replaced while training; one that stays is loaded from its first weights."""
        if not getattr(self.trainer.args, "sync_ref_model", False):
            return None
        return self.trainer.accelerator.unwrap_model(self.trainer.ref_model)


class Reporter(Callback):
    """The trainer's log to the tracker, under `train/`, at the update that it belongs to."""

    SHOWN = ("reward", "rewards/accuracy/raw", "accuracy", "loss")
    ONCE = "train_runtime"
    """Only the log at the end has it; its totals are no metric of an update."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.latest: dict[str, float] = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if not logs or self.ONCE in logs:
            return
        metrics = {_renamed(k): v for k, v in logs.items() if isinstance(v, int | float)}
        self.latest |= metrics  # rewards are absent from updates that reuse rollouts
        self.tracker.log({f"train/{k}": v for k, v in metrics.items()}, step=state.global_step)
        shown = {k.split("/")[1] if "/" in k else k: self.latest[k] for k in self.SHOWN if k in self.latest}
        self.tracker.progress(state.global_step, state.max_steps, **dict(list(shown.items())[:3]), **self._odd_shares())

    def _odd_shares(self) -> dict[str, float]:
        """Of the last batch, what was neither scored nor without anything to score: `accuracy timed_out`."""
        shares = {k.removeprefix("reward_status/"): v for k, v in self.latest.items() if k.startswith("reward_status/")}
        return {
            k.replace("/", " "): v for k, v in shares.items() if v and not k.endswith(("/scored", "/not_applicable"))
        }

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.tracker.summary({"updates": state.global_step, **self.latest})


def _renamed(key: str) -> str:
    """TRL calls the unweighted mean of a reward term `mean`."""
    return key.removesuffix("/mean") + "/raw" if key.startswith("rewards/") and key.endswith("/mean") else key


class LengthSchedule(Callback):
    """The cap on completions, raised while training (R1-Zero: 32,768 tokens, from update 8,200 on 65,536)."""

    def __init__(self, trainer: Any, schedule: Mapping[int, int]) -> None:
        self.trainer = trainer
        self.schedule = schedule

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        reached = [update for update in self.schedule if update <= state.global_step]
        if not reached:
            return
        cap = self.schedule[max(reached)]
        self.trainer.max_completion_length = cap
        if self.trainer.use_vllm:
            self.trainer.vllm_generation.max_completion_length = cap
        else:
            self.trainer.generation_config.max_new_tokens = cap


class Samples(Callback):
    """A table of sampled completions, now and then: numbers do not show how a policy cheats."""

    ROWS = 16

    def __init__(self, sample: Callable[[int], list[dict[str, Any]]], tracker: Tracker, *, every: int) -> None:
        self.sample = sample
        self.tracker = tracker
        self.every = every

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % self.every == 0 and (rows := self.sample(self.ROWS)):
            self.tracker.table("completions", rows, step=state.global_step)

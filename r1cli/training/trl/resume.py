"""Resume a trainer so that it ends in the weights of a run that never stopped; stop one so that it can be resumed.

`trainer.train(resume_from_checkpoint=...)` alone restores weights, optimizer, schedule and random states. It forgets
two things of GRPO: the rollouts that were sampled and not yet trained on, and a reference model that has been replaced,
which it loads anew from its first weights. `ExactResume` keeps both. (A third defect, the order of the second epoch,
does not arise: stages hand over one long list in the order of training, see `r1cli.training.batches`.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli.errors import ConfigError, Stopped
from r1cli.stage import Context, Placement
from r1cli.text import rm_command
from r1cli.training import checkpoints
from r1cli.training.trl import together, weights
from r1cli.training.trl.adapters import ReferenceAdapter
from r1cli.training.trl.callbacks import Callback, Reporter

LAYOUT = "layout.json"
"""In a checkpoint: on how many processes, and how shared, it was written."""
REFERENCE = "reference.pt"


def train(trainer: Any, ctx: Context, callbacks: Sequence[Callback] = ()) -> None:
    """Train to the end, from the newest intact checkpoint if there is one, and report to the tracker.

    Raises:
        ConfigError: the checkpoint cannot be read by the processes that are here now.
        Stopped: it was asked to stop, and has saved what it had.
    """
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # it prints to stdout
    stop = SaveAndStop(trainer, ctx.stopping)
    for callback in (ExactResume(trainer, ctx.placement), Reporter(ctx.tracker), *callbacks, stop):
        trainer.add_callback(callback)
    newest = checkpoints.newest_intact(ctx.checkpoint, ctx.log)
    if newest is not None:
        see_whether_it_fits(newest, ctx)
    trainer.accelerator.wait_for_everyone()  # all processes have looked before one of them deletes
    if ctx.placement.is_main:
        checkpoints.remove_all_after(ctx.checkpoint, newest)
    if newest is None:
        ctx.tracker.rewind(0)  # a run that was killed before its first checkpoint has left metrics behind
    else:
        ctx.log.info("resuming from %s", newest.name)
        ctx.tracker.rewind(checkpoints.step_of(newest))
    trainer.accelerator.wait_for_everyone()
    trainer.train(resume_from_checkpoint=str(newest) if newest else None)
    if stop.stopped:
        raise Stopped(f"{ctx.name}: stopped after update {trainer.state.global_step} of {trainer.state.max_steps}")


def see_whether_it_fits(checkpoint: Path, ctx: Context) -> None:
    """Whether the processes that are here can go on from a checkpoint; other ones than wrote it are named in the log.

    Raises:
        ConfigError: its shards are of another strategy, or of another number of processes and cannot be cut anew.
    """
    here, there = _layout(ctx.placement), _written_layout(checkpoint)
    if here == there:
        return
    wrote = f"{there['processes']} processes with hardware.strategy={there['strategy']}"
    hint = f"use that again, or begin the stage anew: {rm_command(ctx.checkpoint)}"
    if here["strategy"] != there["strategy"]:
        raise ConfigError(f"{ctx.name}: its checkpoint was written by {wrote}", hint=hint)
    if ctx.placement.strategy.startswith("zero") and here["processes"] != there["processes"]:
        raise ConfigError(
            f"{ctx.name}: its checkpoint was written by {wrote}, here are {here['processes']}, and DeepSpeed cannot "
            "divide it anew",
            hint=hint,
        )
    ctx.log.warning("%s of %s goes on with %d processes", checkpoint.name, wrote, here["processes"])


def _layout(placement: Placement) -> dict[str, Any]:
    return {"strategy": placement.strategy, "processes": placement.processes, "replicas": placement.replicas}


def _written_layout(checkpoint: Path) -> Mapping[str, Any]:
    try:
        written: dict[str, Any] = json.loads((checkpoint / LAYOUT).read_text("utf-8"))
    except FileNotFoundError:  # of a time when there was nothing else
        return {"strategy": "ddp", "processes": 1, "replicas": 1}
    return written


class SaveAndStop(Callback):
    """Ends the training after the update at hand, with a checkpoint, when any of its processes was asked to stop."""

    def __init__(self, trainer: Any, asked: Callable[[], bool]) -> None:
        self.trainer = trainer
        self.asked = asked
        self.stopped = False

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        somebody = together.most(self.trainer.accelerator, int(self.asked()))
        if somebody and state.global_step < state.max_steps:
            self.stopped = control.should_save = control.should_training_stop = True


class ExactResume(Callback):
    """Save and restore what TRL's own checkpoints leave out, and seal each checkpoint when all of it is written.

    One file a process, because each holds its own share of the rollouts; the reference model once, whole.
    """

    STATE = ("_step", "_buffered_inputs", "_total_train_tokens")
    """Attributes of GRPOTrainer: micro-batches so far, the rollouts in work, tokens seen."""

    def __init__(self, trainer: Any, placement: Placement) -> None:
        self.trainer = trainer
        self.placement = placement

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = checkpoints.folder_of_step(Path(args.output_dir), state.global_step)
        torch.save(self._own_state(), folder / _own_file(args))
        reference = self._moving_reference()
        whole = weights.gathered(reference, keep=args.should_save)
        if args.should_save:
            if reference:
                torch.save(whole, folder / REFERENCE)
            (folder / LAYOUT).write_text(json.dumps(_layout(self.placement)), encoding="utf-8")
        self.trainer.accelerator.wait_for_everyone()
        if args.should_save:
            checkpoints.seal(folder)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = checkpoints.folder_of_step(Path(args.output_dir), state.global_step)
        if state.global_step == 0 or not folder.is_dir():
            return
        reference = self._moving_reference()
        if reference:
            whole = torch.load(folder / REFERENCE, weights_only=True, map_location="cpu", mmap=True)
            weights.scatter(whole, reference)
        own = folder / _own_file(args)
        saved: dict[str, Any] = {}
        if own.is_file():
            saved = torch.load(own, weights_only=True, map_location=args.device.type)
        if saved.get("layout") == self._shares:
            for name, value in saved["attributes"].items():
                setattr(self.trainer, name, value)
        elif hasattr(self.trainer, "_step"):
            # On other hardware the rollouts are cut otherwise: those in work are sampled anew.
            self.trainer._step = state.global_step * args.gradient_accumulation_steps  # noqa: SLF001

    def _own_state(self) -> dict[str, Any]:
        attributes = {name: getattr(self.trainer, name) for name in self.STATE if hasattr(self.trainer, name)}
        return {"layout": self._shares, "attributes": attributes}

    @property
    def _shares(self) -> list[int]:
        args = self.trainer.args
        return [args.world_size, args.per_device_train_batch_size, args.gradient_accumulation_steps]

    def _moving_reference(self) -> dict[str, Any]:
        """Weights of a reference that is replaced while training; one that stays is loaded from its first weights."""
        if getattr(self.trainer.args, "sync_ref_model", False):
            return weights.named(self.trainer.accelerator.unwrap_model(self.trainer.ref_model))
        adapter = ReferenceAdapter.of(self.trainer)
        return adapter.weights() if adapter is not None else {}


def _own_file(args: Any) -> str:
    return f"exact-{args.process_index}.pt"

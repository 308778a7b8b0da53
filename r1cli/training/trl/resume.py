"""Resume a trainer so that it ends in the weights of a run that never stopped.

`trainer.train(resume_from_checkpoint=...)` alone restores weights, optimizer, schedule and dice, and forgets two things
of GRPO: the rollouts that it has sampled and not yet trained on, and a reference model that has been replaced, which is
loaded anew from its first weights. `ExactResume` keeps both. (A third defect, the order of the second epoch, does not
arise: stages hand over one long list in the order of training, see `r1cli.training.batches`.)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from r1cli.stage import Context
from r1cli.training import checkpoints
from r1cli.training.trl.adapters import ReferenceAdapter
from r1cli.training.trl.callbacks import Callback, Reporter


def train(trainer: Any, ctx: Context, callbacks: Sequence[Callback] = ()) -> None:
    """Train to the end, from the newest intact checkpoint if there is one, and report to the tracker."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # it prints to stdout
    for callback in (ExactResume(trainer), Reporter(ctx.tracker), *callbacks):
        trainer.add_callback(callback)
    newest = checkpoints.newest_intact(ctx.checkpoint, ctx.log)
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


class ExactResume(Callback):
    """Save and restore what TRL's own checkpoints leave out, and seal each checkpoint when all of it is written.

    One file a process, because each holds its own share of the rollouts; the reference model once.
    """

    STATE = ("_step", "_buffered_inputs", "_total_train_tokens")
    """Attributes of GRPOTrainer: micro-batches so far, the rollouts in work, tokens seen."""

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = checkpoints.folder_of_step(Path(args.output_dir), state.global_step)
        torch.save(self._own_state(), folder / _own_file(args))
        reference = self._moving_reference
        if reference is not None and args.should_save:
            torch.save(reference.state_dict(), folder / "reference.pt")
        self.trainer.accelerator.wait_for_everyone()
        if args.should_save:
            checkpoints.seal(folder)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        import torch

        folder = checkpoints.folder_of_step(Path(args.output_dir), state.global_step)
        if state.global_step == 0 or not folder.is_dir():
            return
        reference = self._moving_reference
        if reference is not None:
            reference.load_state_dict(torch.load(folder / "reference.pt", weights_only=True, map_location="cpu"))
        own = folder / _own_file(args)
        saved: dict[str, Any] = {}
        if own.is_file():
            saved = torch.load(own, weights_only=True, map_location=args.device.type)
        if saved.get("layout") == self._layout:
            for name, value in saved["attributes"].items():
                setattr(self.trainer, name, value)
        elif hasattr(self.trainer, "_step"):
            # On other hardware the rollouts are cut otherwise: those in work are sampled anew.
            self.trainer._step = state.global_step * args.gradient_accumulation_steps  # noqa: SLF001

    def _own_state(self) -> dict[str, Any]:
        attributes = {name: getattr(self.trainer, name) for name in self.STATE if hasattr(self.trainer, name)}
        return {"layout": self._layout, "attributes": attributes}

    @property
    def _layout(self) -> list[int]:
        args = self.trainer.args
        return [args.world_size, args.per_device_train_batch_size, args.gradient_accumulation_steps]

    @property
    def _moving_reference(self) -> Any:
        """The reference model if it is replaced while training; one that stays is loaded from its first weights."""
        if getattr(self.trainer.args, "sync_ref_model", False):
            return self.trainer.accelerator.unwrap_model(self.trainer.ref_model)
        return ReferenceAdapter.of(self.trainer)


def _own_file(args: Any) -> str:
    return f"exact-{args.process_index}.pt"

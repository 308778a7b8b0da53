"""What a checkpoint keeps beside TRL's own files. Whole killed and resumed runs: tests/stages."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.training import checkpoints
from r1cli.training.trl.resume import ExactResume

pytestmark = pytest.mark.torch


def trainer(output: Path, *, per_device: int = 4) -> Any:
    args = SimpleNamespace(
        output_dir=str(output),
        process_index=0,
        should_save=True,
        device=SimpleNamespace(type="cpu"),
        world_size=1,
        per_device_train_batch_size=per_device,
        gradient_accumulation_steps=8 // per_device,
        sync_ref_model=False,
    )
    accelerator = SimpleNamespace(unwrap_model=lambda model: model, wait_for_everyone=lambda: None)
    model = SimpleNamespace()
    return SimpleNamespace(args=args, accelerator=accelerator, model=model, _step=7, _buffered_inputs=[{"ids": [1, 2]}])


def saved(output: Path) -> Path:
    folder = checkpoints.folder_of_step(output, 3)
    folder.mkdir()
    running = trainer(output)
    ExactResume(running).on_save(running.args, SimpleNamespace(global_step=3), None)
    return folder


def test_the_rollouts_in_work_are_kept_and_the_checkpoint_is_sealed_last(tmp_path: Path) -> None:
    assert checkpoints.is_intact(saved(tmp_path))
    resumed = trainer(tmp_path)
    resumed._step, resumed._buffered_inputs = 0, None
    ExactResume(resumed).on_train_begin(resumed.args, SimpleNamespace(global_step=3), None)
    assert (resumed._step, resumed._buffered_inputs) == (7, [{"ids": [1, 2]}])


def test_rollouts_that_were_cut_for_other_hardware_are_not_used(tmp_path: Path) -> None:
    saved(tmp_path)
    resumed = trainer(tmp_path, per_device=2)
    resumed._step, resumed._buffered_inputs = 0, None
    ExactResume(resumed).on_train_begin(resumed.args, SimpleNamespace(global_step=3), None)
    assert (resumed._step, resumed._buffered_inputs) == (12, None)


def test_a_run_that_starts_has_nothing_to_restore(tmp_path: Path) -> None:
    fresh = trainer(tmp_path)
    ExactResume(fresh).on_train_begin(fresh.args, SimpleNamespace(global_step=0), None)
    assert fresh._step == 7

"""What a checkpoint keeps beside TRL's own files. Whole killed and resumed runs: tests/stages."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.errors import ConfigError
from r1cli.stage import Context, Placement
from r1cli.training import checkpoints
from r1cli.training.trl.resume import ExactResume, SaveAndStop, see_whether_it_fits

pytestmark = pytest.mark.torch

HERE = Placement(device="cpu")


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
    ExactResume(running, HERE).on_save(running.args, SimpleNamespace(global_step=3), None)
    return folder


def test_the_rollouts_in_work_are_kept_and_the_checkpoint_is_sealed_last(tmp_path: Path) -> None:
    assert checkpoints.is_intact(saved(tmp_path))
    resumed = trainer(tmp_path)
    resumed._step, resumed._buffered_inputs = 0, None
    ExactResume(resumed, HERE).on_train_begin(resumed.args, SimpleNamespace(global_step=3), None)
    assert (resumed._step, resumed._buffered_inputs) == (7, [{"ids": [1, 2]}])


def test_rollouts_that_were_cut_for_other_hardware_are_not_used(tmp_path: Path) -> None:
    saved(tmp_path)
    resumed = trainer(tmp_path, per_device=2)
    resumed._step, resumed._buffered_inputs = 0, None
    ExactResume(resumed, HERE).on_train_begin(resumed.args, SimpleNamespace(global_step=3), None)
    assert (resumed._step, resumed._buffered_inputs) == (12, None)


def test_a_run_that_starts_has_nothing_to_restore(tmp_path: Path) -> None:
    fresh = trainer(tmp_path)
    ExactResume(fresh, HERE).on_train_begin(fresh.args, SimpleNamespace(global_step=0), None)
    assert fresh._step == 7


def context(checkpoint: Path, **placement: Any) -> Context:
    return Context(
        name="node",
        inputs={},
        out=checkpoint,
        checkpoint=checkpoint,
        tracker=SimpleNamespace(),  # type: ignore[arg-type]
        placement=Placement(device="cpu", **placement),
        log=logging.getLogger("test"),
    )


def written_by(output: Path, **placement: Any) -> Path:
    folder = checkpoints.folder_of_step(output, 3)
    folder.mkdir()
    running = trainer(output)
    ExactResume(running, Placement(device="cpu", **placement)).on_save(
        running.args, SimpleNamespace(global_step=3), None
    )
    return folder


@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_another_number_of_processes_goes_on_where_it_can_and_says_so(
    tmp_path: Path, strategy: str, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint = written_by(tmp_path, processes=2, strategy=strategy)
    see_whether_it_fits(checkpoint, context(tmp_path, processes=4, strategy=strategy))
    assert f"2 processes with hardware.strategy={strategy} goes on with 4 processes" in caplog.text


@pytest.mark.parametrize("strategy", ["zero2", "zero3"])
def test_shards_of_deepspeed_are_for_as_many_processes_as_wrote_them(tmp_path: Path, strategy: str) -> None:
    checkpoint = written_by(tmp_path, processes=2, strategy=strategy)
    see_whether_it_fits(checkpoint, context(tmp_path, processes=2, strategy=strategy))
    with pytest.raises(ConfigError, match="2 processes .* here are 4, and DeepSpeed cannot divide it anew") as mistake:
        see_whether_it_fits(checkpoint, context(tmp_path, processes=4, strategy=strategy))
    assert f"rm -r {tmp_path}" in mistake.value.hint


@pytest.mark.parametrize(
    ("there", "here"), [("ddp", "fsdp2"), ("fsdp2", "ddp"), ("zero2", "zero3"), ("zero3", "fsdp2")]
)
def test_a_checkpoint_is_for_the_strategy_that_wrote_it(tmp_path: Path, there: str, here: str) -> None:
    checkpoint = written_by(tmp_path, processes=2, strategy=there)
    with pytest.raises(ConfigError, match=f"was written by 2 processes with hardware.strategy={there}"):
        see_whether_it_fits(checkpoint, context(tmp_path, processes=2, strategy=here))


def test_a_checkpoint_of_earlier_versions_was_written_without_shards(tmp_path: Path) -> None:
    checkpoint = written_by(tmp_path)
    (checkpoint / "layout.json").unlink()
    see_whether_it_fits(checkpoint, context(tmp_path))
    with pytest.raises(ConfigError, match="hardware.strategy=ddp"):
        see_whether_it_fits(checkpoint, context(tmp_path, processes=2, strategy="fsdp2"))


def test_a_run_that_was_asked_to_stop_saves_and_ends_after_the_update() -> None:
    stop = SaveAndStop(SimpleNamespace(accelerator=SimpleNamespace(num_processes=1)), asked=lambda: True)
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    stop.on_step_end(None, SimpleNamespace(global_step=3, max_steps=8), control)
    assert stop.stopped
    assert control.should_save
    assert control.should_training_stop


def test_the_last_update_ends_the_run_in_any_case() -> None:
    stop = SaveAndStop(SimpleNamespace(accelerator=SimpleNamespace(num_processes=1)), asked=lambda: True)
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    stop.on_step_end(None, SimpleNamespace(global_step=8, max_steps=8), control)
    assert not stop.stopped
    assert not control.should_training_stop

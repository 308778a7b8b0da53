"""The base of trainer stages: who has the last word on an argument, and what is checked before anything runs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError
from r1cli.stage import Context, ModelSpec, Placement
from r1cli.training.trl.stage import TrainerStage


@dataclass
class Config:
    """Stands for a configuration class of TRL's; these are the keys that are always given."""

    output_dir: str = ""
    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    use_cpu: bool = False
    bf16: bool = True
    fp16: bool = False
    activation_checkpointing: bool = False
    seed: int = 0
    report_to: Any = None
    disable_tqdm: bool = False
    logging_steps: int = 10
    save_strategy: str = "no"
    save_steps: int = 0
    save_total_limit: int = 0
    dataloader_pin_memory: bool = True
    learning_rate: float = 1e-5
    max_steps: int = -1


class FakeTrainer:
    """Keeps what it is given."""

    accelerator = SimpleNamespace(distributed_type=SimpleNamespace(name="NO"), state=SimpleNamespace())

    def __init__(self, **given: Any) -> None:
        self.given = given


class Fake(TrainerStage):
    """A stage of the fake trainer."""

    @staticmethod
    def trainer_classes() -> tuple[type[Any], type[Any]]:
        return FakeTrainer, Config

    def run(self, ctx: Context) -> dict[str, Artifact]:
        raise NotImplementedError


SPEC = ModelSpec(
    name="fake", path=None, revision=None, template="{question}", max_tokens=8, dtype="float32", lora=None,
    architecture=None, student=None,
)  # fmt: skip


def stage(**trainer: Any) -> Fake:
    return Fake(inputs={}, seed=3, model=SPEC, batch_size=8, trainer=trainer, checkpoint_every=5)


def made(stage: Fake, tmp_path: Path, **more: Any) -> dict[str, Any]:
    ctx = Context(
        name="node", inputs={}, out=tmp_path / "out", checkpoint=tmp_path / "checkpoint", tracker=None,  # type: ignore[arg-type]
        placement=Placement(device="cpu", per_device_batch=4), log=logging.getLogger("test"),
    )  # fmt: skip
    examples = [{"n": n} for n in range(3)]
    args = stage.arguments(ctx, {"max_steps": 1})
    trainer = stage.make_trainer(
        ctx, args, model="model", tokenizer="tokenizer", examples=examples, order=[2, 0, 2], **more
    )
    given: dict[str, Any] = trainer.given
    return given


@pytest.mark.torch
def test_the_trainer_gets_the_examples_in_order_and_the_keys_of_everyone(tmp_path: Path) -> None:
    given = made(stage(learning_rate=1e-3, logging_steps=2), tmp_path, reward_funcs=["f"])
    args = given["args"]
    assert given["train_dataset"]["n"] == [2, 0, 2]
    assert (args.per_device_train_batch_size, args.gradient_accumulation_steps) == (4, 2)
    assert (args.seed, args.save_steps, args.output_dir) == (3, 5, str(tmp_path / "checkpoint"))
    assert (args.use_cpu, args.bf16, args.fp16) == (True, False, False)
    assert (args.learning_rate, args.logging_steps, args.max_steps) == (1e-3, 2, 1)
    assert (given["model"], given["processing_class"], given["peft_config"]) == ("model", "tokenizer", None)
    assert given["reward_funcs"] == ["f"]


@pytest.mark.torch
def test_a_stage_may_bring_its_own_adapters(tmp_path: Path) -> None:
    assert made(stage(), tmp_path, peft_config="mine")["peft_config"] == "mine"


def test_keys_are_checked_before_anything_runs() -> None:
    stage(learning_rate=1e-3).check()
    with pytest.raises(ConfigError, match="trainer.learning_rat is no argument of trl.Config"):
        stage(learning_rat=1e-3).check()
    with pytest.raises(ConfigError, match="trainer.seed cannot be given"):
        stage(seed=1).check()

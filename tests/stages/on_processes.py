"""Worker of test_sharded.py, one of several or alone: trains what it is told and says what each process ended with.

`main` takes MODEL REWARD_MODEL FOLDER STRATEGY REPLICAS JOB ..., where a job is KIND/RUN or KIND/RUN@UPDATE: the
process that the kind names is killed in that update (or asks for an end, if the run is called `stopped`). A run whose
folder is there goes on from its checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tiny_training import SPEC, Digits, Recorder, Short, Sums

from r1cli.artifact import Artifact
from r1cli.data.filters import Filters
from r1cli.data.rows import Row
from r1cli.errors import R1Error, Stopped
from r1cli.generators.base import Sampling
from r1cli.generators.local import Local
from r1cli.rewards.base import Rewards
from r1cli.rewards.preference import PreferenceReward
from r1cli.stage import Context, Placement
from r1cli.template import Completion
from r1cli.training.trl import stage as trainer_stage
from r1cli.training.trl import weights
from r1cli.verify.outcome import Outcome
from stages import benchmark, evaluate, grpo, rejection_sampling, reward_model, sft


class Unreadable(Sums):
    """Sums whose answers cannot be read in some of the completions."""

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        judged = super().judge(completions, rows)
        return [
            outcome if len(completion.text) % 2 else Outcome(0.0, "unparseable")
            for completion, outcome in zip(completions, judged, strict=True)
        ]


BFLOAT16 = SPEC.model_copy(update={"dtype": "bfloat16"})
LORA = SPEC.model_copy(update={"lora": {"r": 2, "lora_alpha": 4, "target_modules": "all-linear"}})
KILLED = {
    "sft": 1, "rm": 0, "grpo": 1, "sft_lora": 0, "grpo_lora": 1, "rejection": 0, "evaluation": 1, "benchmark": 1,
    "sft_bf16": 1, "grpo_bf16": 0,
}  # fmt: skip
"""Kind -> the process that is killed, or asks for an end."""
KILLED_NOTE = "killed"

SFT = {
    "inputs": {"model": "base"},
    "seed": 0,
    "model": SPEC,
    "data": Sums(count=20),
    "epochs": 2,
    "batch_size": 8,
    "trainer": {"learning_rate": 1e-3},
    "checkpoint_every": 2,
}
REWARD_MODEL = {
    "inputs": {"model": "base"},
    "seed": 0,
    "model": SPEC,
    "data": Sums(count=20),
    "sees": "whole",
    "epochs": 3,
    "batch_size": 8,
    "max_tokens": 128,
    "heldout_share": 0.2,
    "trainer": {"learning_rate": 1e-3},
    "checkpoint_every": 2,
}
GRPO = {
    "inputs": {"model": "base", "rm": "helpful_rm"},
    "seed": 0,
    "model": SPEC,
    "data": Sums(count=10),
    "general": Sums(count=6, kind="helpful", first=3),
    "general_share": 0.5,
    "general_start_step": 0,
    "reward": Rewards(
        weights={"digits": 1.0, "short": 0.5, "preferred": 0.5},
        terms={
            "digits": Digits(),
            "short": Short(),
            "preferred": PreferenceReward(input="rm", kind="helpful", sees="whole", start_step=0),
        },
    ),
    "batch_size": 8,
    "rollout_size": 24,
    "steps": 6,
    "length_schedule": {3: 14},
    "trainer": {
        "learning_rate": 1e-3,
        "num_generations": 4,
        "max_completion_length": 10,
        "beta": 0.05,
        "epsilon": 10.0,
        "loss_type": "grpo",
        "use_bias_correction_kl": False,
        "sync_ref_model": True,
        "ref_model_sync_steps": 2,
        "ref_model_mixup_alpha": 1.0,
    },
    "checkpoint_every": 2,
    "completions_every": 1,
}
SAMPLING = Sampling(per_prompt=3, temperature=1.0, top_p=1.0, max_completion_tokens=12)
STAGES: Mapping[str, Any] = {
    "rejection": rejection_sampling.RejectionSampling(
        inputs={"model": "base"},
        seed=0,
        model=SPEC,
        data=Sums(count=13),
        general=None,
        sampling=SAMPLING,
        filters=Filters(
            min_language_consistency=0.0, max_paragraph_characters=4000, max_repetition=1.0, repetition_n=20
        ),
        min_kept=0,
        keep_per_prompt=2,
        refine=False,
        shard_size=2,
    ),
    "evaluation": evaluate.Evaluate(
        inputs={"model": "base"},
        seed=0,
        model=SPEC,
        data=Sums(count=9),
        general=Sums(count=3, kind="helpful"),
        sampling=SAMPLING,
        general_per_prompt=1,
        reflection_words={"en": ["so"]},
    ),
    "benchmark": benchmark.Benchmark(
        inputs={"model": "base"},
        seed=0,
        model=SPEC,
        benchmark="sums",
        protocol="",
        source="",
        licence="",
        gated=False,
        data=Unreadable(count=9),
        generator=Local(temperature=1.0, top_p=1.0, max_completion_tokens=12),
        instruction="{prompt}",
        instructions={},
        per_prompt=3,
        limit=None,
        redraws=1,
        primary="accuracy",
        average="problems",
        clustered_by=None,
        by=None,
        votes=True,
    ),
    "sft": sft.SFT(**SFT),
    "rm": reward_model.RewardModel(**REWARD_MODEL),
    "grpo": grpo.GRPO(**GRPO),
    "sft_bf16": sft.SFT(**SFT),
    "grpo_bf16": grpo.GRPO(**GRPO | {"model": BFLOAT16}),
    "sft_lora": sft.SFT(**SFT | {"model": LORA}),
    "rm_lora": reward_model.RewardModel(**REWARD_MODEL | {"model": LORA}),
    "grpo_lora": grpo.GRPO(**GRPO | {"model": LORA}),
}


class Ended(Recorder):
    """Notes that it kills this process, and does so with -9, when an update is reported: before its checkpoint.

    Stages that only sample report how much is done instead.
    """

    def __init__(self, update: int | None, note: Path) -> None:
        super().__init__()
        self.update = update
        self.note = note
        self.reported = 0

    def log(self, metrics: Mapping[str, Any], *, step: int) -> None:
        super().log(metrics, step=step)
        self.reported = step
        if step == self.update:
            self._die()

    def progress(self, done: int, total: int, **shown: float) -> None:
        super().progress(done, total, **shown)
        if self.update is not None and not self.metrics and done >= self.update:
            self._die()

    def _die(self) -> None:
        self.note.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Warnings(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def main(model: str, helpful: str, root: str, strategy: Any, replicas: str, *jobs: str) -> None:
    import torch

    torch.set_num_threads(1)
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    for job in jobs:
        kind, _, run = job.partition("/")
        run, _, update = run.partition("@")
        folder = Path(root) / f"{kind}-{run}"
        for name in ("checkpoint", "out"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        told: dict[str, Any] = {}
        trainer_stage.save = _telling(told, SAVE)
        said = Warnings()
        log = logging.getLogger(job)
        log.addHandler(said)
        mine = int(update) if update and KILLED[kind] == rank else None
        tracker = Ended(None if run == "stopped" else mine, folder / KILLED_NOTE)
        context = Context(
            name="node",
            inputs={
                "model": Artifact(kind="model", location=model),
                "rm": Artifact(kind="reward_model", location=helpful),
            },
            out=folder / "out",
            checkpoint=folder / "checkpoint",
            tracker=tracker,
            placement=Placement(
                device="cpu",
                processes=world,
                rank=rank,
                strategy=strategy,
                replicas=int(replicas),
                per_device_batch=4,
                sampling_rows=8,
                precision="bf16" if kind.endswith("_bf16") else "auto",
                tokens_per_forward=64,  # a few rows: processes differ in the number of their passes
            ),
            log=log,
            stopping=lambda tracker=tracker, mine=mine: mine is not None and tracker.reported >= mine,
        )
        try:
            STAGES[kind].run(context)
        except Stopped as e:
            told["stopped"] = e.message
        except R1Error as e:
            told["refused"] = e.message
        told["said"] = said.texts
        told["metrics"] = tracker.metrics
        (folder / f"rank-{rank}.json").write_text(json.dumps(told))
        _forget_the_accelerator()


def _telling(told: dict[str, Any], save: Any) -> Any:
    """What is known of a trainer when it is saved."""

    def tell(trainer: Any, folder: Path, dtype: str) -> None:
        model = trainer.accelerator.unwrap_model(trainer.model)
        whole = weights.gathered(weights.named(model), keep=True)
        told["engine"] = trainer.accelerator.distributed_type.name
        told["sharded"] = sum(weights.is_sharded(weight) for weight in model.parameters())
        told["weights"] = hashlib.sha256(b"".join(w.float().numpy().tobytes() for w in whole.values())).hexdigest()
        told["units"] = {"policy": _units(model), "reference": _units(getattr(trainer, "ref_model", None))}
        save(trainer, folder, dtype)

    return tell


def _units(model: Any) -> int:
    """Parts of a model that FSDP2 gathers one after another."""
    from torch.distributed.fsdp import FSDPModule

    return sum(isinstance(module, FSDPModule) for module in model.modules()) if model is not None else 0


def _forget_the_accelerator() -> None:
    """In real life a process trains one stage; accelerate keeps what it was told by the first trainer."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state()


SAVE = trainer_stage.save

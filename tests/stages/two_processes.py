"""Worker of test_two_processes.py, under torchrun: trains with SFT and GRPO and says what each process ended with."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from tiny_training import SPEC, Digits, Dying, Killed, Recorder, Short, Sums

from r1cli.artifact import Artifact
from r1cli.rewards.base import Rewards
from r1cli.stage import Context, Placement
from r1cli.training.trl import stage as trainer_stage
from stages import grpo, sft

RANK, WORLD = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])

STAGES = {
    "sft": sft.SFT(
        inputs={"model": "base"},
        seed=0,
        model=SPEC,
        data=Sums(count=20),
        epochs=2,
        batch_size=8,
        trainer={"learning_rate": 1e-2},
        checkpoint_every=2,
    ),
    "grpo": grpo.GRPO(
        inputs={"model": "base"},
        seed=0,
        model=SPEC,
        data=Sums(count=10),
        general=None,
        general_share=0.0,
        general_start_step=0,
        reward=Rewards(weights={"digits": 1.0, "short": 0.5}, terms={"digits": Digits(), "short": Short()}),
        batch_size=8,
        rollout_size=24,
        steps=5,
        length_schedule=None,
        trainer={
            "learning_rate": 1e-2,
            "num_generations": 4,
            "max_completion_length": 10,
            "beta": 0.05,
            "sync_ref_model": True,
            "ref_model_sync_steps": 2,
            "ref_model_mixup_alpha": 1.0,
        },
        checkpoint_every=2,
        completions_every=1,
    ),
}


def main(model: Path, root: Path) -> None:
    import torch

    torch.set_num_threads(1)
    digests: dict[str, str] = {}
    trainer_stage.save = _remembering(trainer_stage.save, digests)
    for name, stage in STAGES.items():
        straight, killed = root / f"{name}-straight", root / f"{name}-killed"
        _run(stage, model, straight, Recorder(), digests)
        try:
            _run(stage, model, killed, Dying(at=4), digests)
        except Killed:
            _run(stage, model, killed, Recorder(), digests)
    (root / f"rank-{RANK}.json").write_text(json.dumps(digests))


def _run(stage: Any, model: Path, root: Path, tracker: Recorder, digests: dict[str, str]) -> None:
    (root / "checkpoint").mkdir(parents=True, exist_ok=True)
    digests["now"] = root.name
    stage.run(
        Context(
            name="node",
            inputs={"model": Artifact(kind="model", location=str(model))},
            out=root / "out",
            checkpoint=root / "checkpoint",
            tracker=tracker,
            placement=Placement(device="cpu", processes=WORLD, rank=RANK, per_device_batch=4),
            log=logging.getLogger("test"),
        )
    )


def _remembering(save: Any, digests: dict[str, str]) -> Any:
    def remember(trainer: Any, folder: Path) -> None:
        weights = trainer.accelerator.unwrap_model(trainer.model).state_dict()
        all_bytes = b"".join(w.numpy().tobytes() for w in weights.values())
        digests[digests["now"]] = hashlib.sha256(all_bytes).hexdigest()
        save(trainer, folder)

    return remember


main(Path(sys.argv[1]), Path(sys.argv[2]))

"""CPU seconds of a GRPO update: R1-Zero of scale=laptop, against bare scripts on TRL's trainer with the same batch.

Three runs from the same policy over the same prompts with the same rewards, each in a process of its own with one
thread: `ours` is `r1 train stage=r1_zero`; `bare` hands TRL the batch (16 prompts x 8 completions an update) and leaves
all else at its defaults; `tuned` is what a careful user sets by hand: 64 sequences a forward pass, float32, no
activation checkpointing. Seconds are processor time, so a busy machine matters little; the first update is not counted.

    python -m benchmarks.grpo_update MODEL [updates]      # MODEL: out/model of a base or of an R1-Zero in a store
"""

from __future__ import annotations

import itertools
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

VARIANTS = ("ours", "bare", "tuned")


def main() -> None:
    """Run the variants one after another and print their ratio."""
    if sys.argv[1] in VARIANTS:
        print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
        return
    model, updates = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "20"
    mean: dict[str, float] = {}
    for variant in VARIANTS:
        command = [sys.executable, "-m", "benchmarks.grpo_update", variant, model, updates]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        seconds = json.loads(done.stdout.splitlines()[-1])
        mean[variant] = sum(seconds) / len(seconds)
        print(f"{variant:6} {mean[variant]:5.2f} CPU s an update (first {seconds[0]:.2f}, last {seconds[-1]:.2f})")
    print(f"against bare {mean['bare'] / mean['ours']:.2f}x, against tuned {mean['tuned'] / mean['ours']:.2f}x")


def run(variant: str, model: Path, updates: int) -> list[float]:
    """CPU seconds of every update after the first."""
    import torch

    from r1cli.config.build import build

    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    more = [f"stages.r1_zero.steps={updates + 1}", "stages.r1_zero.checkpoint_every=1000"]
    stage: Any = build("run", ["recipe=r1_zero", "scale=laptop", "evaluate=false", *more]).stages["r1_zero"]
    with tempfile.TemporaryDirectory() as folder:
        times = ours(stage, model, Path(folder)) if variant == "ours" else trl(stage, variant, model, Path(folder))
    return [after - before for before, after in itertools.pairwise(times)]


class Stopwatch:
    """A tracker, or a callback of the trainer, that notes the processor time of every update."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def progress(self, done: int, total: int, **_: float) -> None:
        self.times.append(time.process_time())

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def ours(stage: Any, model: Path, folder: Path) -> list[float]:
    """The stage as `r1 train` runs it."""
    from r1cli import artifact
    from r1cli.stage import Context, Placement

    watch: Any = Stopwatch()
    for name in ("out", "checkpoint"):
        (folder / name).mkdir()
    stage.run(
        Context(
            name="r1_zero",
            inputs={"model": artifact.model(model)},
            out=folder / "out",
            checkpoint=folder / "checkpoint",
            tracker=watch,
            placement=Placement(device="cpu", threads=1),
            log=logging.getLogger("benchmark"),
        )
    )
    return list(watch.times)


def trl(stage: Any, variant: str, model: Path, folder: Path) -> list[float]:
    """A plain script on trl.GRPOTrainer, with the stage's prompts and rewards."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from r1cli.training.models import prompt_text
    from r1cli.training.trl.rewards import RewardFunctions

    watch = Stopwatch()

    class Watching(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            watch.progress(0, 0)

    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = stage.data.rows()
    rewards = RewardFunctions(
        stage.reward,
        rows,
        end_ids=frozenset([tokenizer.eos_token_id]),
        prefilled=False,
        scorers={},
        log=logging.getLogger("benchmark"),
    )
    by_hand = {"bare": {}, "tuned": {"bf16": False, "activation_checkpointing": False}}[variant]
    per_device = {"bare": 8, "tuned": 64}[variant]  # 8 is TRL's default
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        reward_funcs=rewards.functions(),
        args=GRPOConfig(
            output_dir=str(folder),
            use_cpu=True,
            per_device_train_batch_size=per_device,
            gradient_accumulation_steps=stage.batch_size // per_device,
            reward_weights=rewards.weights,
            max_steps=stage.steps,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            logging_steps=1,
            seed=stage.seed,
            **{k: v for k, v in stage.trainer.items() if k not in {"loss_type", "use_bias_correction_kl"}},
            **by_hand,
        ),
        train_dataset=Dataset.from_list(
            [{"prompt": prompt_text(stage.model.template, row.prompt), "row": i} for i, row in enumerate(rows)]
        ),
        processing_class=tokenizer,
        callbacks=[Watching()],
    )
    trainer.train()
    return watch.times


if __name__ == "__main__":
    main()

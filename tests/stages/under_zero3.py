"""Worker of test_sharded.py: loads models where ZeRO-3 takes each weight apart, and says what became of each folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tiny_training import SPEC

from r1cli import artifact
from r1cli.errors import StoreError
from r1cli.training.models import load_model
from r1cli.training.reward_models import load_reward_model


def main(folders: list[str]) -> None:
    """For each folder and kind of model a line: `loaded`, or the error."""
    import deepspeed
    from transformers.integrations import HfDeepSpeedConfig

    os.environ |= {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    deepspeed.init_distributed(dist_backend="gloo", verbose=False)
    settings = {"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 1, "train_batch_size": 1}
    kept = HfDeepSpeedConfig(settings)  # in force as long as it is referred to
    for folder in folders:
        for load in (load_model, load_reward_model):
            try:
                model = load(artifact.model(Path(folder)), SPEC)
                taken_apart = all(hasattr(weight, "ds_id") for weight in model.parameters())
                said = "taken apart" if taken_apart else "whole"
            except StoreError as e:
                said = e.message.replace(folder, "FOLDER")
            sys.stdout.write(f"{said}\n")
    del kept


if __name__ == "__main__":
    main(sys.argv[1:])

"""The short form of benchmarks/soak.py: one round of kills, and the result of an undisturbed run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.soak import Soak


@pytest.mark.slow
@pytest.mark.torch
def test_a_killed_training_goes_on_to_the_same_bits_and_leaves_nothing(tmp_path: Path) -> None:
    line = "train stage=base steps=12 checkpoint_every=1 evaluate=false tracking=wandb_offline"
    soak = Soak(line, tmp_path, random.Random(1), weights={"checkpoint": 1})
    soak.prepare(None)
    for rounds in range(1, 6):  # one may end before it is killed
        soak.round(most_kills=1)
        assert (soak.faults, soak.compared) == ([], rounds)
        if soak.resumed:
            break
    assert soak.resumed == {"a checkpoint": 1}

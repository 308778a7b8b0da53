"""The short form of benchmarks/soak.py: one round of kills, and the result of an undisturbed run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.soak import LINES, Soak


@pytest.mark.slow
@pytest.mark.torch
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    soak = Soak(LINES["pretraining"].replace("steps=40", "steps=12"), tmp_path, random.Random(1), longest_pause_s=0.5)
    soak.prepare()
    assert soak.round(most_kills=1) == 1
    assert soak.faults == []

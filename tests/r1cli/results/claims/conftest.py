"""A store that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.r1cli.fake_evaluations import evaluation, model
from tests.r1cli.results.claims.asked import EASY, HARD


@pytest.fixture
def zero(tmp_path: Path) -> Path:
    """One base, and R1-Zero with two seeds made from it."""
    base = model(tmp_path, "base")
    evaluation(tmp_path, "base", base, scores=HARD)
    for seed in (0, 1):
        rl = model(tmp_path, "r1_zero", seed=seed, inputs={"model": base})
        evaluation(tmp_path, "r1_zero", rl, seed=seed, scores=[*EASY[:3], float(seed)])
    return tmp_path

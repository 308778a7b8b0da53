"""A small sweep with evaluations, shared by the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.r1cli.fake_evaluations import evaluation, model


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two weights of a reward, two seeds each, and R1-Zero with the same two seeds."""
    for seed in (0, 1):
        base = model(tmp_path, "base", seed=seed)
        zero = model(tmp_path, "r1_zero", seed=seed, inputs={"model": base})
        evaluation(tmp_path, "r1_zero", zero, seed=seed, scores=[0.0, 0.5, 0.5 * seed, 0.5])
        for weight in (0, 0.1):
            rl = model(tmp_path, "reasoning_rl", seed=seed, inputs={"model": base}, weights={"language": weight})
            evaluation(tmp_path, "reasoning_rl", rl, seed=seed, scores=[0.5, 1.0, 0.5 + weight, 1.0], made=weight)
    return tmp_path

"""GRPO with rollouts from a real vLLM, on a CPU: weights arrive, stale ones stop the run, a killed run is resumed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_training import largest_difference

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("with_vllm.py")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.vllm,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed: make tiers"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything in processes of their own: an engine in this one would set its dice and its threads for good."""
    folder = tmp_path_factory.mktemp("vllm")
    for job in ("straight", "killed", "killed", "stale"):
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(folder), job],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder


def told(folder: Path, job: str) -> dict[str, Any]:
    return json.loads((folder / job / "told.json").read_text())


def test_vllm_samples_from_the_policy_that_is_trained(folder: Path) -> None:
    metrics = told(folder, "straight")["metrics"]
    assert len(metrics) == 4
    for update in metrics.values():
        assert update["train/sampling/sampling_logp_difference/max"] < 1e-3
        assert update["train/sampling/importance_sampling_ratio/mean"] == pytest.approx(1.0, abs=1e-3)
    assert any(update["train/grad_norm"] > 0 for update in metrics.values())


def test_a_killed_run_ends_in_the_same_weights(folder: Path) -> None:
    assert "killed" in told(folder, "killed")["before"]
    assert largest_difference(folder / "straight/out/model", folder / "killed/out/model") == 0.0


def test_weights_that_do_not_arrive_fail_the_run(folder: Path) -> None:
    failed = told(folder, "stale")["failed"]
    assert "vLLM's log-probabilities differ from those of the trained model" in failed

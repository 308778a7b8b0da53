"""GRPO with rollouts from a real vLLM, on a CPU: weights arrive, stale ones stop the run, a killed run is resumed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_training import largest_difference

from tests.r1cli.generators.vllm_server import NEEDS_VLLM, serving

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("with_vllm.py")
pytestmark = NEEDS_VLLM


STALE = pytest.mark.parametrize(("job", "trained"), [("stale", "folder"), ("stale_server", "served")])
PATHS = {"PYTHONPATH": os.pathsep.join([str(SCRIPT.parent), str(ROOT), *sys.path])}


def train(*arguments: str) -> None:
    """In a process of its own: an engine in this one would seed it and set its threads for good."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=os.environ | PATHS | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vllm")
    for job in ("straight", "killed", "killed", "stale"):
        train(str(folder), job)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Path:
    """The same with completions from a server, whose weights are the untrained model's to begin with."""
    more = ("--logprobs-mode", "processed_logprobs", "--worker-extension-cls", "reloading.Reloading")
    with serving(folder / "model", folder / "server.log", *more, VLLM_SERVER_DEV_MODE="1", **PATHS) as address:
        train(str(folder), "server", address)
        train(str(folder), "stale_server", address)
    return folder


def told(folder: Path, job: str) -> dict[str, Any]:
    return json.loads((folder / job / "told.json").read_text())


def test_vllm_samples_from_the_policy_that_is_trained(folder: Path) -> None:
    its_log_probabilities_are_those_of_the_policy(told(folder, "straight")["metrics"])


def its_log_probabilities_are_those_of_the_policy(metrics: dict[str, Any]) -> None:
    assert len(metrics) == 4
    for update in metrics.values():
        assert update["train/sampling/sampling_logp_difference/max"] < 1e-3
        assert update["train/sampling/importance_sampling_ratio/mean"] == pytest.approx(1.0, abs=1e-3)
    assert any(update["train/grad_norm"] > 0 for update in metrics.values())


def test_a_killed_run_ends_in_the_same_weights(folder: Path) -> None:
    assert "killed" in told(folder, "killed")["before"]
    assert largest_difference(folder / "straight/out/model", folder / "killed/out/model") == 0.0


@STALE
def test_weights_that_do_not_arrive_fail_the_run(request: pytest.FixtureRequest, job: str, trained: str) -> None:
    failed = told(request.getfixturevalue(trained), job)["failed"]
    assert "vLLM's log-probabilities differ from those of the trained model" in failed


def test_a_server_samples_from_the_policy_that_is_trained(served: Path) -> None:
    its_log_probabilities_are_those_of_the_policy(told(served, "server")["metrics"])

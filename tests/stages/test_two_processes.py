"""SFT and GRPO in two processes under torchrun: same weights in both, the first one writes, resume is exact."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_training import weights

from r1cli.artifact import Artifact

pytestmark = [pytest.mark.torch, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.fixture(scope="module")
def trained(random_model: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("two")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launch, str(SCRIPT), str(random_model.path), str(root)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout == ""
    return root


@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_both_processes_end_with_the_same_weights(trained: Path, kind: str) -> None:
    first, second = (json.loads((trained / f"rank-{rank}.json").read_text()) for rank in (0, 1))
    assert first[f"{kind}-straight"] == second[f"{kind}-straight"]
    assert first[f"{kind}-killed"] == second[f"{kind}-killed"]


@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_a_killed_run_of_two_processes_goes_on_to_the_same_weights(trained: Path, kind: str) -> None:
    digests = json.loads((trained / "rank-0.json").read_text())
    assert digests[f"{kind}-straight"] == digests[f"{kind}-killed"]


@pytest.mark.parametrize("kind", ["sft", "grpo"])
def test_each_process_keeps_its_own_rollouts_and_the_first_one_all_else(trained: Path, kind: str) -> None:
    checkpoint = trained / f"{kind}-straight" / "checkpoint" / "checkpoint-4"
    written = {p.name for p in checkpoint.iterdir()}
    assert {"exact-0.pt", "exact-1.pt", "rng_state_0.pth", "rng_state_1.pth", "complete"} <= written
    assert ("reference.pt" in written) == (kind == "grpo")
    assert weights(trained / f"{kind}-straight" / "out" / "model")

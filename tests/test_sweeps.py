"""A sweep as a user runs it, with real training at `scale=smoke`: what is shared, what stands in W&B's files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.config.catalogue import options

pytestmark = pytest.mark.torch
ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_cells_side_by_side_train_their_upstream_once_and_are_one_group(tmp_path: Path) -> None:
    line = ["run", "-m", "recipe=r1,r1_zero", "stages.reasoning_rl.reward.weights.language=0,1", "seed=0,1"]
    environment = {**os.environ, "R1_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", *line, "+stages.base.seed=0", "scale=smoke", "jobs=2", "evaluate=false"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    made: dict[str, int] = {}
    for path in (tmp_path / "store").glob("*/manifest.json"):
        node = json.loads(path.read_text())["node"]
        made[node] = made.get(node, 0) + 1
    assert (made["base"], made["coldstart"], made["reasoning_rl"], made["r1_zero"]) == (1, 2, 4, 2)
    groups = {wandb_group(path) for path in (tmp_path / "store").glob("*/wandb/offline-run-*/run-*.wandb")}
    [group] = groups
    assert group.startswith("r1-r1_zero-")


def wandb_group(file: Path) -> str:
    """The group's name as it stands in the file that `wandb sync` would send."""
    content = file.read_bytes()
    at = content.index(b"r1-r1_zero-")
    return content[at : at + len("r1-r1_zero-") + 8].decode("ascii")


@pytest.mark.parametrize("algorithm", sorted(options("algorithm")))
def test_trl_takes_every_algorithm(algorithm: str) -> None:
    job = build("train", ["stage=r1_zero", f"algorithm={algorithm}", "scale=smoke"])
    job.stages["r1_zero"].check()

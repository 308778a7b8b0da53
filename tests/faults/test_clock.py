"""A clock that goes back an hour at every look, set by somebody or by the network while r1 runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BACKWARDS = """
import itertools, time
start, looks = time.time(), itertools.count()
time.time = lambda: start - 3600 * next(looks)
"""
STAGE = """
from r1cli import artifact
from r1cli.stage import Stage

class Fails(Stage):
    VERSION = 1
    def run(self, ctx):
        ctx.tracker.rewind(0)
        for step in range(3):
            ctx.tracker.log({"train/loss": 1.0}, step=step)
            ctx.tracker.progress(step + 1, 3, loss=1.0)
        done = ctx.checkpoint / "done"
        if not done.exists():
            done.touch()
            raise ValueError("the first time")
        (ctx.out / "model").mkdir(exist_ok=True)
        return {"out": artifact.model(ctx.out / "model")}
"""


def test_a_clock_that_goes_back_disturbs_neither_work_nor_what_is_shown(tmp_path: Path, torch_folder: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BACKWARDS)
    (tmp_path / "clock_stages.py").write_text(STAGE)
    (tmp_path / "conf/stage").mkdir(parents=True)
    (tmp_path / "conf/stage/fails.yaml").write_text("# @package _global_\n_target_: clock_stages.Fails\ninputs: {}\n")

    def r1(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "r1cli", *words, "paths.store=store"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tmp_path}:{torch_folder}:{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )

    line = ("train", "stage=fails", "--config-dir", "conf", "evaluate=false", "tracking=none", "hardware=cpu")
    assert r1(*line).returncode == 1
    for command in ("status", "watch"):
        done = r1(command, *(["--once"] if command == "watch" else []))
        assert (done.returncode, done.stderr) == (0, ""), command
    done = r1(*line)
    assert done.returncode == 0, done.stderr
    [row] = json.loads(r1("status", "--json").stdout)
    assert row["state"] == "stored"
    assert row["seconds"] >= 0

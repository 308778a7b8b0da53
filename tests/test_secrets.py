"""Whatever keys are in the environment, no file that r1 or its libraries write holds one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).resolve().parents[1]
CANARIES = {
    "WANDB_API_KEY": "ca9a41e5" * 5,
    "HF_TOKEN": "hf_canaryCanaryCanaryCanaryCanary01",
    "OPENAI_API_KEY": "sk-canary-0123456789abcdef",
    "MYSECRET": "canary-in-my-own-variable",
}
STAGES = """
from r1cli import artifact
from r1cli.stage import Stage

class Well(Stage):
    seconds: float
    def run(self, ctx):
        ctx.tracker.log({"train/loss": 0.5}, step=1)
        ctx.tracker.table("completions", [{"text": "x"}], step=1)
        ctx.tracker.progress(1, 1, loss=0.5)
        (ctx.out / "model").mkdir(exist_ok=True)
        return {"out": artifact.model(ctx.out / "model")}

class Broken(Stage):
    seconds: float
    def run(self, ctx):
        raise ValueError("the roof is off")
"""
LINES = (
    ("train", "stage=well", "hardware=cpu"),
    ("train", "stage=broken", "hardware=cpu"),
    ("train", "-m", "stage=well", "seconds=1,2", "jobs=2", "hardware=cpu"),
    ("train", "stage=well", "seconds=3", "hardware.processes=2"),
)
PROGRAM = {"prompt": "f", "completion": "import time\ntime.sleep(1)\ndef f(): return 1", "tests": ["assert f() == 1"]}


class Onlooker:
    """Reads the command lines of all processes, again and again, as every user of the machine may.

    And, as this user may, the environment of those that run or judge what a model wrote.
    """

    OUTSIDERS = (b"bwrap", b"unshare", b"marshal.loads", b"isolation/worker.py")

    def __init__(self) -> None:
        self.leaks: set[str] = set()
        self.outsiders = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    self._look_at(process)

    def _look_at(self, process: Path) -> None:
        line = (process / "cmdline").read_bytes()
        self.leaks |= {f"{name} in {line!r}" for name in leaks(line)}
        if any(mark in line for mark in self.OUTSIDERS):
            self.outsiders += comes_from_here(process)
            environment = (process / "environ").read_bytes()
            self.leaks |= {f"{name} in the environment of {line!r}" for name in leaks(environment)}


def comes_from_here(process: Path) -> bool:
    """Whether we started it, or what started it: other tests may run beside this one."""
    while (number := int(process.name)) != os.getpid():
        if number <= 1:
            return False
        process = process.with_name((process / "stat").read_bytes().rpartition(b")")[2].split()[1].decode())
    return True


def run(folder: Path, *words: str) -> str:
    """Run a command with canaries in its environment; returns all that it printed."""
    (folder / "home").mkdir(exist_ok=True)
    places = {"HOME": str(folder / "home"), "TMPDIR": str(folder), "PYTHONPATH": f"{ROOT}:{folder}"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", *words],
        cwd=folder,
        env=environment | places | CANARIES,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def leaks(text: bytes) -> list[str]:
    return [name for name, canary in CANARIES.items() if canary.encode() in text]


@pytest.mark.torch
def test_no_canary_is_printed_or_written(tmp_path: Path) -> None:
    (tmp_path / "conf/stage").mkdir(parents=True)
    (tmp_path / "canary_stages.py").write_text(STAGES)
    for name in ("well", "broken"):
        yaml = f"# @package _global_\n_target_: canary_stages.{name.capitalize()}\ninputs: {{}}\nseconds: 0.0\n"
        (tmp_path / f"conf/stage/{name}.yaml").write_text(yaml)
    always = ("--config-dir", "conf", "evaluate=false", "tracking=wandb_offline", "paths.store=store")
    (tmp_path / "programs.jsonl").write_text(json.dumps(PROGRAM) + "\n")
    with Onlooker() as onlooker:
        printed = "".join(run(tmp_path, *line, *always) for line in LINES)
        printed += run(tmp_path, "score", "programs.jsonl", "task=code", "sandbox=auto")
    assert onlooker.leaks == set()
    assert onlooker.outsiders > 0
    printed += run(tmp_path, "report", "paths.store=store") + run(tmp_path, "doctor", "paths.store=store")
    assert "the roof is off" in printed
    assert leaks(printed.encode()) == []
    files = [file for file in tmp_path.rglob("*") if file.is_file() and not file.is_symlink()]
    assert len(list((tmp_path / "store").glob("well-*"))) == 4
    assert any(file.suffix == ".wandb" for file in files)
    assert {str(file): names for file in files if (names := leaks(file.read_bytes()))} == {}

"""Many processes on one store, with clean-ups in between: each result is made once, and nobody fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import types
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from r1cli.engine.execute import execute
from r1cli.store import history
from r1cli.store.collect import delete, garbage
from r1cli.store.store import Store
from tests.faults.talkative import state, talkative
from tests.r1cli.fake_stages import Recorder, lines
from tests.r1cli.sweep.test_run import LINE, STAGES

ROOT = Path(__file__).resolve().parents[2]


def collect(store: Path) -> None:
    """What `r1 gc --yes --days 0` does."""
    kept = [fingerprint for run in history.recent(store) for fingerprint in run.nodes.values()]
    delete(Store(store), garbage(Store(store), kept, partials_older_than_s=0))


def forked(store: Path, trace: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        torch: Any = types.ModuleType("torch")
        torch.manual_seed = torch.set_num_threads = lambda _: None
        sys.modules["torch"] = torch
        execute(talkative(store, trace=str(trace), pause_s=0.05), Recorder())
        code = 0
    finally:
        os._exit(code)


def test_of_eight_processes_one_makes_each_result_while_the_store_is_cleaned(tmp_path: Path) -> None:
    store, trace = tmp_path / "store", tmp_path / "trace"
    children = [forked(store, trace) for _ in range(8)]
    codes = []
    while children:
        collect(store)
        for child in list(children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                children.remove(child)
                codes.append(os.waitstatus_to_exitcode(status))
        time.sleep(0.01)
    assert codes == [0] * 8
    assert lines(trace) == ["b 0", "b 1"]
    assert len(state(store)["made"]) == 2
    assert state(store)["left"] == []
    assert len(history.recent(store)) == 8


@pytest.mark.slow
@pytest.mark.parametrize("each", [2, pytest.param(4, marks=pytest.mark.long)])
def test_identical_and_different_sweeps_at_once_while_the_store_is_cleaned(
    tmp_path: Path, torch_folder: Path, each: int
) -> None:
    """As many identical ones as different ones, of which each shares a weight with the next."""
    (tmp_path / "conf/stage").mkdir(parents=True)
    (tmp_path / "sweep_stages.py").write_text(STAGES)
    header = "# @package _global_\n_target_: sweep_stages.Count\npause_s: 0.0\n"
    (tmp_path / "conf/stage/first.yaml").write_text(header + "inputs: {}\n")
    (tmp_path / "conf/stage/second.yaml").write_text(header + "inputs: {model: first}\nweight: 0\n")
    (tmp_path / "conf/stage/judge.yaml").write_text("_target_: sweep_stages.Judge\ninputs: {}\n")
    places = {"TRACE": str(tmp_path / "trace"), "PYTHONPATH": f"{torch_folder}:{ROOT}:{tmp_path}"}

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "r1cli", *words, "paths.store=store"]
        return subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, **places},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    sweep = ("train", *LINE, "conf", "jobs=2", "-m")
    running = [start(*sweep, "weight=0,1") for _ in range(each)]
    running += [start(*sweep, f"weight={n},{n + 1}") for n in range(each)]
    while any(process.poll() is None for process in running):
        cleaning = start("gc", "--yes", "--days", "0")
        assert cleaning.communicate()[1].endswith("freed\nnothing to delete\n")
    assert [(process.returncode, process.communicate()[1]) for process in running if process.returncode] == []
    steps = Counter(tuple(line.split()[:3]) for line in (tmp_path / "trace").read_text().splitlines())
    assert set(steps.values()) == {1}
    assert len(steps) == 4 + 4 * (each + 1)  # `first`, and `second` with one weight more than there are sweeps

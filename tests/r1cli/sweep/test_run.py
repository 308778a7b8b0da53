"""Sweeps from the command line, with stages that only count: what fails, what is killed, what is shared."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]
STAGES = '''
"""Stages of a sweep: `first` is shared, `second` has a weight, `judge` says how good the weight is."""
import json, os, time
from pathlib import Path
from typing import ClassVar
from r1cli import artifact
from r1cli.stage import Stage

class Count(Stage):
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"pause_s"})
    weight: float = 0.0
    steps: int = 4
    pause_s: float = 0.0

    def run(self, ctx):
        at = ctx.checkpoint / "at"
        for step in range(int(at.read_text()) if at.exists() else 0, self.steps):
            with open(os.environ["TRACE"], "a") as f:
                f.write(f"{ctx.name} {self.weight:g} {step} {os.getpid()}\\n")
            time.sleep(self.pause_s)
            at.with_suffix(".new").write_text(str(step + 1))
            at.with_suffix(".new").replace(at)
        if self.weight == 13 and not Path("mended").exists():
            raise ValueError("an unlucky weight")
        (ctx.out / "model").mkdir()
        (ctx.out / "model" / "weight").write_text(str(self.weight))
        return {"out": artifact.model(ctx.out / "model")}

class Judge(Stage):
    MAKES: ClassVar = "report"

    def run(self, ctx):
        weight = float((ctx.inputs["model"].path / "weight").read_text())
        mean = 1 - (weight - 0.5) ** 2
        measure = {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}
        (ctx.out / "report.json").write_text(json.dumps({"accuracy": measure}))
        return {"out": artifact.report(ctx.out / "report.json")}
'''
LINE = ("tracking=none", "hardware=cpu", "stage@evaluation=judge", "stage=second", "--config-dir")


@pytest.fixture
def folder(tmp_path: Path, fake_torch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run."""
    (tmp_path / "conf/stage").mkdir(parents=True)
    (tmp_path / "sweep_stages.py").write_text(STAGES)
    header = "# @package _global_\n_target_: sweep_stages.Count\npause_s: 0.0\n"
    for name, rest in (
        ("first", header + "inputs: {}\n"),
        ("second", header + "inputs: {model: first}\nweight: 0\n"),
        ("judge", "_target_: sweep_stages.Judge\ninputs: {}\n"),
    ):
        (tmp_path / f"conf/stage/{name}.yaml").write_text(rest)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(fake_torch), str(ROOT), str(tmp_path)]))
    return tmp_path


def r1(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", "train", *LINE, str(folder / "conf"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == code, done.stdout[-1000:] + done.stderr[-3000:]
    return done


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "r1cli", "train", *LINE, str(folder / "conf"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def cells(folder: Path) -> dict[str, dict[str, Any]]:
    records = [json.loads(p.read_text()) for p in sorted((folder / "store/.sweeps").glob("*/cells/*.json"))]
    return {r["name"]: r for r in records}


def trace(folder: Path) -> list[tuple[str, str, str, str]]:
    path = folder / "trace"
    return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []  # type: ignore[misc]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Until it holds, as long as the process that should bring it about lives."""
    end = time.monotonic() + 240
    while not condition():
        if process is not None and (process.poll() is not None or time.monotonic() > end):
            process.kill()
            raise AssertionError(process.communicate()[1])
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failing_cell_stops_no_other_and_the_same_line_retries_it(folder: Path, jobs: int) -> None:
    line = ("-m", "weight=13,0,1", f"jobs={jobs}")
    done = r1(folder, *line, code=1)
    assert {name: c["state"] for name, c in cells(folder).items()} == {
        "weight=13": "failed", "weight=0": "done", "weight=1": "done",
    }  # fmt: skip
    assert "an unlucky weight" in done.stderr
    assert Path(cells(folder)["weight=13"]["log"]).is_file()
    assert "error: 1 of 3 cells failed" in done.stderr
    assert "0.75" in done.stdout  # accuracy of the weights 0 and 1
    (folder / "mended").touch()
    r1(folder, *line)
    assert {name: (c["state"], c["made"], c["reused"]) for name, c in cells(folder).items()} == {
        "weight=13": ("done", 2, 1), "weight=0": ("done", 0, 3), "weight=1": ("done", 0, 3),
    }  # fmt: skip
    assert Counter(node for node, _, _, _ in trace(folder)) == {"first": 4, "second": 12}


def test_submitit_starts_cells_in_processes_of_its_own(folder: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    r1(folder, "-m", "weight=13,0", "hydra/launcher=submitit_local", code=1)
    assert {name: c["state"] for name, c in cells(folder).items()} == {"weight=13": "failed", "weight=0": "done"}
    assert Counter(node for node, _, _, _ in trace(folder)) == {"first": 4, "second": 8}


def test_what_all_cells_share_is_made_once_before_them(folder: Path) -> None:
    done = r1(folder, "-m", "weight=0,1,2", "jobs=3")
    assert "shared by all 3 cells: first" in done.stderr
    pids = {node: {pid for n, _, _, pid in trace(folder) if n == node} for node in ("first", "second")}
    assert len(pids["first"]) == 1
    assert len(pids["second"]) == 3
    begun = next(line for line in done.stderr.splitlines() if "starts" in line and "second" in line)
    assert begun.startswith("[weight=")
    assert "\x1b" not in done.stderr


def test_workers_end_with_their_sweep_and_the_same_line_goes_on(folder: Path) -> None:
    line = ("-m", "weight=0,1", "jobs=2")
    first = start(folder, *line, "pause_s=1.5")
    wait_for(lambda: len({w for n, w, s, _ in trace(folder) if (n, s) == ("second", "1")}) == 2, first)
    workers = {int(pid) for n, _, _, pid in trace(folder) if n == "second"}
    first.kill()
    first.communicate()
    wait_for(lambda: not any(psutil.pid_exists(pid) for pid in workers))
    r1(folder, *line)
    steps = Counter((w, s) for n, w, s, _ in trace(folder) if n == "second")
    assert steps["0", "0"] == steps["1", "0"] == 1  # nobody began again
    assert {c["state"] for c in cells(folder).values()} == {"done"}


def test_a_killed_worker_costs_the_one_cell_that_it_had(folder: Path) -> None:
    process = start(folder, "-m", "weight=0,1,2", "jobs=2", "pause_s=0.3")
    wait_for(lambda: any((n, s) == ("second", "1") for n, _, s, _ in trace(folder)), process)
    [unlucky] = [(w, int(pid)) for n, w, s, pid in trace(folder) if (n, s) == ("second", "1")][:1]
    os.kill(unlucky[1], signal.SIGKILL)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 1
    killed = f"weight={unlucky[0]}"
    assert f"{killed}: its process was killed by SIGKILL" in err
    states = {name: cell["state"] for name, cell in cells(folder).items()}
    assert states == {f"weight={w}": "failed" if f"weight={w}" == killed else "done" for w in (0, 1, 2)}
    r1(folder, "-m", "weight=0,1,2", "jobs=2", "pause_s=0.3")
    steps = Counter((w, s) for n, w, s, _ in trace(folder) if n == "second")
    assert steps[unlucky[0], "0"] == 1  # it resumed


def test_two_identical_sweeps_at_once_both_succeed(folder: Path) -> None:
    line = ("-m", "weight=0,1", "jobs=2", "pause_s=0.3")
    both = [start(folder, *line) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    assert Counter(node for node, _, _, _ in trace(folder)) == {"first": 4, "second": 8}
    assert len(list((folder / "store/.sweeps").glob("*/sweep.json"))) == 2


def test_two_identical_sweeps_through_a_launcher_both_succeed(folder: Path) -> None:
    line = ("-m", "weight=0,1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "pause_s=0.5")
    both = [start(folder, *line) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    assert Counter(node for node, _, _, _ in trace(folder)) == {"first": 4, "second": 8}


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_all_cells_with_the_line_that_goes_on(folder: Path, jobs: int) -> None:
    process = start(folder, "-m", "weight=0,1,2,3", f"jobs={jobs}", "pause_s=30")
    wait_for(lambda: any(n == "first" for n, _, _, _ in trace(folder)), process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    assert "stopped; to resume: r1 train" in err
    assert "Traceback" not in err
    assert out.count("weight=") == 4


def test_ctrl_c_reaches_cells_in_workers(folder: Path) -> None:
    r1(folder, "-m", "weight=0")  # the shared part
    process = start(folder, "-m", "weight=1,2,3,4", "jobs=2", "pause_s=30")
    wait_for(lambda: len({w for n, w, _, _ in trace(folder) if n == "second" and w in "12"}) == 2, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    assert "Traceback" not in err, err
    assert {"1", "2"} == {w for n, w, _, _ in trace(folder) if n == "second" and w != "0"}
    assert out.count("stopped") == 2
    assert out.count("not run") == 2


def test_a_dry_run_trains_nothing_and_loads_no_torch(folder: Path) -> None:
    r1(folder, "-m", "weight=0")
    before = sorted(str(p) for p in (folder / "store").rglob("*"))
    (folder / "fake_torch/torch.py").write_text("raise SystemExit('torch was loaded')")
    done = r1(folder, "-m", "weight=0,1,2", "--dry-run")
    table = [line.split() for line in done.stdout.splitlines()]
    assert ["2", "weight=1", "2", "1"] in table  # two stages to run, one is there
    assert ["first", "1-3", "stored", "4", "updates"] in table
    assert any(line[:4] == ["second", "x", "2", "2-3"] for line in table), done.stdout
    assert "4 stages to run, 8 updates" in done.stdout
    assert {p for p in before if ".hashes" not in p} == {
        str(p) for p in (folder / "store").rglob("*") if ".hashes" not in str(p)
    }
    assert "to run" in r1(folder, "weight=5", "--dry-run").stdout
    search = r1(folder, "-m", "hydra/sweeper=optuna", "weight=interval(0,1)", "--dry-run")
    assert "chooses its cells as it goes" in search.stderr
    assert "everything is stored" in search.stdout  # weight=0, which conf/ has


def test_a_search_finds_the_best_weight_and_the_same_line_reuses_its_trials(folder: Path) -> None:
    line = (
        *("-m", "hydra/sweeper=optuna", "weight=choice(0,0.4,1,13)", "jobs=2"),
        *("hydra.sweeper.direction=maximize", "hydra.sweeper.n_trials=8", "hydra.sweeper.n_jobs=2"),
        *("hydra.sweeper.sampler.seed=0", "hydra.sweeper.max_failure_rate=1.0"),
    )
    first = r1(folder, *line, code=1)
    assert "best accuracy: weight=0.4" in first.stderr
    counted = len(trace(folder))
    (folder / "mended").touch()
    again = r1(folder, *line)
    assert "best accuracy: weight=0.4" in again.stderr
    assert len(trace(folder)) == counted

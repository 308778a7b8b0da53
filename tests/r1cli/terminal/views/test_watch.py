"""`r1 watch`: once into a pipe, again and again on a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pexpect
import pytest

from r1cli.store import live
from r1cli.terminal.app import run_line
from r1cli.terminal.views import watch
from r1cli.terminal.views.watch import sparkline
from tests.r1cli.stage_at_work import FP, StageAtWork

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[StageAtWork]:
    made = StageAtWork(tmp_path / "store")
    yield made
    made.ends()


@pytest.fixture
def _100_s_in(stage: StageAtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, 100 s after the attempt began."""
    monkeypatch.setattr(live, "time", SimpleNamespace(time=lambda: stage.began + 100))


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], ""), ([1.0], "▄"), ([0, 1], "▁█"), ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"), ([5, 5, 5], "▄▄▄")],
)
def test_numbers_become_bars(values: list[float], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_many_numbers_are_averaged_into_the_width() -> None:
    assert sparkline([0.0] * 500 + [1.0] * 500, width=4) == "▁▁██"
    assert len(sparkline(list(range(999)))) == watch.SPARKS


@pytest.fixture
def _at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("_at_80_columns", "_100_s_in")
def test_into_a_pipe_it_is_printed_once(stage: StageAtWork, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage.progress(40, after=99, reward=1.25)
    stage.metrics('{"step": 1, "train/reward": 1.0}', '{"step": 2, "train/reward": 1.5}')
    stage.completions({"step": 9, "prompt": "一" * 90, "completion": "[red]b\x1b[0m" * 40, "accuracy": 0.0})
    assert run_line(["watch", f"paths.store={tmp_path / 'store'}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[:2] == ["reasoning_rl", FP[:8]]
    assert "40/80" in lines[2]
    assert lines[3].startswith("  reward 1.25  cpu x2  1:40 so far")
    assert lines[4] == "  reward ▁█  1 to 1.5 in 2 steps"
    assert lines[6].startswith("    wrong [red]b�[0m[red]b")
    assert "\x1b" not in "".join(lines)


def test_as_data(stage: StageAtWork, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage.progress(40, after=99)
    assert run_line(["watch", "--json", f"paths.store={tmp_path / 'store'}"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["store"] == str(tmp_path / "store")
    assert [(r["node"], r["done"]) for r in told["running"]] == [("reasoning_rl", 40)]
    assert told["last"] is None


def test_nothing_that_runs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["watch", "--once", f"paths.store={tmp_path}"]) == 0
    assert "nothing runs here" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["q", "\x1b[Aq", "\x03"], ids=["q", "arrow and q", "ctrl-c"])
def test_on_a_terminal_it_goes_on_until_somebody_leaves(key: str, stage: StageAtWork, tmp_path: Path) -> None:
    stage.progress(40, after=99)
    line = ["-m", "r1cli", "watch", f"paths.store={tmp_path / 'store'}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    with pexpect.spawn(sys.executable, line, env=env, cwd=tmp_path, dimensions=(24, 80), timeout=240) as terminal:
        terminal.expect("40/80")
        stage.progress(41, after=100)
        terminal.expect("41/80")
        terminal.send(key)
        terminal.expect(pexpect.EOF)
        terminal.wait()
        assert terminal.exitstatus == 0
        assert b"Traceback" not in terminal.before


def test_watching_loads_no_heavy_library(tmp_path: Path) -> None:
    code = f"""
import sys
from r1cli.terminal.app import run_line
assert run_line(["watch", "paths.store={tmp_path}"]) == 0
assert run_line(["explain", "coldstart", "--json"]) == 0
assert run_line(["compare", "paths.store={tmp_path}"]) == 0
found = set(sys.modules) & {{"torch", "transformers", "trl", "datasets", "wandb", "scipy", "numpy"}}
assert not found, found
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

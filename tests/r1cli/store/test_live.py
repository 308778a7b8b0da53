"""What another process sees of a stage at work: from its files alone, torn or gone as they may be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pexpect
import pytest

from r1cli.store import live, lock
from r1cli.store.live import Look, Watcher, printable
from r1cli.store.records import Attempt, Work
from r1cli.store.store import Store
from r1cli.terminal.app import run_line
from r1cli.terminal.views import watch as display_watching
from r1cli.terminal.views.watch import sparkline
from tests.r1cli.fake_entries import make

FP = "ab" * 32
ROOT = Path(__file__).resolve().parents[3]


class Stage:
    """A stage at work, as far as others can see."""

    def __init__(self, store: Path, node: str = "reasoning_rl", fp: str = FP) -> None:
        self.began = time.time() - 100
        self.path = store / ".partial" / f"{node}-{fp[:16]}"
        (self.path / "tables").mkdir(parents=True)
        self.lock_fd = lock.acquire(store / ".locks" / self.path.name, None)
        self.attempts(self.began)

    def attempts(self, *began: float) -> None:
        attempts = [Attempt(started=t) for t in began]
        work = Work(node="reasoning_rl", kind="GRPO", fingerprint=FP, device="cpu", processes=2, attempts=attempts)
        (self.path / "work.json").write_text(work.model_dump_json())

    def progress(self, done: int, *, after: float, total: int = 80, **shown: Any) -> None:
        state = {"done": done, "total": total, "shown": shown, "time": self.began + after, "pid": 1}
        (self.path / "progress.json").write_text(json.dumps(state))

    def metrics(self, *lines: str) -> None:
        (self.path / "metrics.jsonl").write_text("\n".join(lines))

    def completions(self, *rows: dict[str, Any]) -> None:
        (self.path / "tables/completions.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))

    def ends(self) -> None:
        os.close(self.lock_fd)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "store")
    yield made
    if made.lock_fd is not None and _is_open(made.lock_fd):
        made.ends()


@pytest.fixture
def _100_s_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, 100 s after the attempt began."""
    monkeypatch.setattr(live, "time", SimpleNamespace(time=lambda: stage.began + 100))


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(Store(tmp_path / "store"))


def test_a_stage_at_work_is_seen_with_its_numbers(stage: Stage, watcher: Watcher) -> None:
    stage.progress(20, after=50, reward=1.25, accuracy=None)
    stage.metrics('{"step": 1, "train/reward": 1.0, "train/loss": 2}', '{"step": 2, "train/reward": 1.5}')
    stage.completions({"step": 1, "completion": "a"}, {"step": 9, "prompt": "q", "completion": "b", "accuracy": 1.0})
    (seen,) = watcher.look().running
    assert (seen.node, seen.kind, seen.fingerprint, seen.processes) == ("reasoning_rl", "GRPO", FP, 2)
    assert (seen.done, seen.total, seen.shown) == (20, 80, {"reward": 1.25})
    assert (seen.series, seen.values) == ("reward", [1.0, 1.5])
    assert seen.sample is not None
    assert (seen.sample.step, seen.sample.prompt, seen.sample.completion, seen.sample.right) == (9, "q", "b", True)
    assert seen.seconds >= 100


@pytest.mark.usefixtures("_100_s_in")
def test_what_is_left_is_told_at_the_pace_so_far(stage: Stage, watcher: Watcher) -> None:
    # 20 steps in 100 s: 60 more take 300 s.
    stage.progress(20, after=100)
    (seen,) = watcher.look().running
    assert seen.eta_s == pytest.approx(300)


@pytest.mark.usefixtures("_100_s_in")
def test_what_an_earlier_attempt_did_does_not_count_for_the_pace(stage: Stage, watcher: Watcher) -> None:
    stage.attempts(stage.began - 5000, stage.began)
    stage.progress(40, after=80)
    (seen,) = watcher.look().running
    assert seen.eta_s is None
    stage.progress(50, after=100)  # 10 steps in 20 s: 30 more take 60 s
    (seen,) = watcher.look().running
    assert seen.eta_s == pytest.approx(60)


def test_the_progress_of_an_earlier_attempt_is_not_shown(stage: Stage, watcher: Watcher) -> None:
    stage.progress(40, after=-50)
    (seen,) = watcher.look().running
    assert (seen.done, seen.eta_s) == (None, None)


def test_files_that_are_torn_or_not_there_yet_are_no_trouble(stage: Stage, watcher: Watcher) -> None:
    (seen,) = watcher.look().running
    assert (seen.done, seen.values, seen.sample) == (None, [], None)
    (stage.path / "progress.json").write_text("")
    stage.metrics('{"step": 1, "train/loss": 3.5}', '{"step": 2, "train/loss": null}', '{"step": 3, "train/lo')
    (stage.path / "tables/completions.jsonl").write_bytes('{"step": 1, "completion": "好'.encode()[:-1])
    (seen,) = watcher.look().running
    assert (seen.series, seen.values, seen.sample) == ("loss", [3.5], None)
    (stage.path / "work.json").unlink()
    (seen,) = watcher.look().running
    assert (seen.node, seen.fingerprint) == ("reasoning_rl", FP[:16])


def test_of_a_long_file_only_the_end_is_read(stage: Stage, watcher: Watcher) -> None:
    stage.metrics(*(json.dumps({"step": i, "train/reward": i, "x": "y" * 1000}) for i in range(2000)))
    (seen,) = watcher.look().running
    assert seen.values[-1] == 1999
    assert 100 < len(seen.values) < 300


def test_when_nothing_runs_the_last_one_is_told(stage: Stage, watcher: Watcher) -> None:
    stage.ends()
    look = watcher.look()
    assert look.running == []
    assert look.last is not None
    assert (look.last.node, look.last.state) == ("reasoning_rl", "stopped")
    (stage.path / "checkpoint").mkdir()
    (stage.path / "checkpoint/at").write_text("3")
    assert (last := watcher.look().last) is not None
    assert last.state == "resumable"
    for child in (stage.path, stage.path / "checkpoint", stage.path / "tables", stage.path / "work.json"):
        os.utime(child, (stage.began, stage.began))
    made = make(watcher.store)
    assert (last := watcher.look().last) is not None
    assert (last.node, last.fingerprint, last.state) == ("sft", made.manifest.fingerprint, "stored")


def test_an_empty_store_is_empty(watcher: Watcher) -> None:
    assert watcher.look() == Look([], None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2+2=4", "2+2=4"),
        ("好的。", "好的。"),
        ("a\nb\tc", "a⏎b c"),
        ("\x1b[2J\x07\x00", "�[2J��"),
        ("a\u202eb\u200b", "a�b�"),
        ("[bold]x[/]", "[bold]x[/]"),
        ("x" * 99, "x" * 19 + "…"),
    ],
)
def test_what_a_model_writes_does_nothing_to_the_terminal(text: str, shown: str) -> None:
    assert printable(text, 20) == shown


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], ""), ([1.0], "▄"), ([0, 1], "▁█"), ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"), ([5, 5, 5], "▄▄▄")],
)
def test_numbers_become_bars(values: list[float], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_many_numbers_are_averaged_into_the_width() -> None:
    assert sparkline([0.0] * 500 + [1.0] * 500, width=4) == "▁▁██"
    assert len(sparkline(list(range(999)))) == display_watching.SPARKS


@pytest.fixture
def _at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("_at_80_columns", "_100_s_in")
def test_into_a_pipe_it_is_printed_once(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_as_data(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
def test_on_a_terminal_it_goes_on_until_somebody_leaves(key: str, stage: Stage, tmp_path: Path) -> None:
    stage.progress(40, after=99)
    line = ["-m", "r1cli", "watch", f"paths.store={tmp_path / 'store'}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    with pexpect.spawn(sys.executable, line, env=env, cwd=tmp_path, dimensions=(24, 80), timeout=60) as terminal:
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

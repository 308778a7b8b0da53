"""What another process sees of a stage at work: from its files alone, torn or gone as they may be."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from r1cli.store import live
from r1cli.store.live import Snapshot, Watcher, printable
from r1cli.store.store import Store
from tests.r1cli.fake_entries import make
from tests.r1cli.stage_at_work import FP, StageAtWork


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[StageAtWork]:
    made = StageAtWork(tmp_path / "store")
    yield made
    if made.lock_fd is not None and _is_open(made.lock_fd):
        made.ends()


@pytest.fixture
def _100_s_in(stage: StageAtWork, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_stage_at_work_is_seen_with_its_numbers(stage: StageAtWork, watcher: Watcher) -> None:
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
def test_what_is_left_is_told_at_the_pace_so_far(stage: StageAtWork, watcher: Watcher) -> None:
    # 20 steps in 100 s: 60 more take 300 s.
    stage.progress(20, after=100)
    (seen,) = watcher.look().running
    assert seen.eta_s == pytest.approx(300)


@pytest.mark.usefixtures("_100_s_in")
def test_what_an_earlier_attempt_did_does_not_count_for_the_pace(stage: StageAtWork, watcher: Watcher) -> None:
    stage.attempts(stage.began - 5000, stage.began)
    stage.progress(40, after=80)
    (seen,) = watcher.look().running
    assert seen.eta_s is None
    stage.progress(50, after=100)  # 10 steps in 20 s: 30 more take 60 s
    (seen,) = watcher.look().running
    assert seen.eta_s == pytest.approx(60)


def test_the_progress_of_an_earlier_attempt_is_not_shown(stage: StageAtWork, watcher: Watcher) -> None:
    stage.progress(40, after=-50)
    (seen,) = watcher.look().running
    assert (seen.done, seen.eta_s) == (None, None)


def test_files_that_are_torn_or_not_there_yet_are_no_trouble(stage: StageAtWork, watcher: Watcher) -> None:
    (seen,) = watcher.look().running
    assert (seen.done, seen.values, seen.sample) == (None, [], None)
    (stage.path / "progress.json").write_text("")
    stage.metrics('{"step": 1, "train/loss": 3.5}', '{"step": 2, "train/loss": null}', '{"step": 3, "train/lo')
    (stage.path / "tables/completions.jsonl").write_bytes('{"step": 1, "completion": "好'.encode()[:-1])
    (seen,) = watcher.look().running
    assert (seen.series, seen.values, seen.sample) == ("loss", [3.5], None)
    stage.metrics('{"step": 1, "train/loss": 3.5}', f'{{"step": 2, "train/loss": 1{"0" * 400}}}')
    row = {"step": float("nan"), "completion": "5", "accuracy": "right"}
    (stage.path / "tables/completions.jsonl").write_text(json.dumps(row) + "\n")
    (seen,) = watcher.look().running
    assert (seen.values, seen.sample) == ([3.5], live.Sample(0, "", "5", None))
    (stage.path / "work.json").unlink()
    (seen,) = watcher.look().running
    assert (seen.node, seen.fingerprint) == ("reasoning_rl", FP[:16])


def test_of_a_long_file_only_the_end_is_read(stage: StageAtWork, watcher: Watcher) -> None:
    stage.metrics(*(json.dumps({"step": i, "train/reward": i, "x": "y" * 1000}) for i in range(2000)))
    (seen,) = watcher.look().running
    assert seen.values[-1] == 1999
    assert 100 < len(seen.values) < 300


def test_when_nothing_runs_the_last_one_is_told(stage: StageAtWork, watcher: Watcher) -> None:
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
    assert watcher.look() == Snapshot([], None)


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

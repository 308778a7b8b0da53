"""Tests of r1cli.tracking.tracker: the local files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.layout import read_warnings
from r1cli.tracking.tracker import QuietTracker
from tests.r1cli.fake_stages import Recorder
from tests.r1cli.tracking.opened import lines, opened


def test_metrics_are_one_json_object_a_line(tmp_path: Path) -> None:
    with opened(tmp_path) as tracker:
        tracker.log({"train/loss": 0.5, "rewards/helpfulness": None}, step=1)
        tracker.log({"train/loss": 0.25}, step=2)
    assert lines(tmp_path / "metrics.jsonl") == [
        {"step": 1, "train/loss": 0.5, "rewards/helpfulness": None},
        {"step": 2, "train/loss": 0.25},
    ]


def test_numbers_that_json_does_not_know_become_null(tmp_path: Path) -> None:
    with opened(tmp_path) as tracker:
        tracker.log({"train/loss": float("nan"), "train/grad_norm": float("inf")}, step=1)
        tracker.summary({"scores": [1.0, float("nan")]})
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1, "train/loss": null, "train/grad_norm": null}\n'
    assert json.loads((tmp_path / "summary.json").read_text()) == {"scores": [1.0, None]}


def test_a_line_torn_by_a_kill_is_cut_off_at_the_next_start(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_bytes('{"step": 1, "a": 1.0}\n{"step": 2, "text": "你'.encode()[:-1])
    with opened(tmp_path) as tracker:
        tracker.log({"a": 2.0}, step=2)
    assert lines(metrics) == [{"step": 1, "a": 1.0}, {"step": 2, "a": 2.0}]


def test_a_first_line_torn_by_a_kill_leaves_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step"')
    opened(tmp_path)
    assert (tmp_path / "metrics.jsonl").read_text() == ""


def test_rewind_drops_what_is_later_than_the_checkpoint(tmp_path: Path) -> None:
    with opened(tmp_path) as tracker:
        for step in range(1, 6):
            tracker.log({"a": float(step)}, step=step)
            tracker.table("completions", [{"text": f"line\u2028{step}"}], step=step)
        tracker.rewind(3)
        tracker.log({"a": 40.0}, step=4)
    assert [(m["step"], m["a"]) for m in lines(tmp_path / "metrics.jsonl")] == [(1, 1), (2, 2), (3, 3), (4, 40)]
    with (tmp_path / "tables" / "completions.jsonl").open(encoding="utf-8") as rows:
        assert [json.loads(row)["step"] for row in rows] == [1, 2, 3]


def test_rewind_of_a_stage_that_has_logged_nothing_does_nothing(tmp_path: Path) -> None:
    opened(tmp_path).rewind(0)
    assert not (tmp_path / "metrics.jsonl").exists()


def test_progress_is_written_for_other_processes_and_shown(tmp_path: Path) -> None:
    heard = Recorder()
    with opened(tmp_path, listener=heard) as tracker:
        tracker.progress(3, 10, reward=0.5)
    state = json.loads((tmp_path / "progress.json").read_text())
    assert (state["done"], state["total"], state["shown"]) == (3, 10, {"reward": 0.5})
    assert state["time"] > 0
    assert state["pid"] > 0
    assert heard.updates == [("reasoning_rl", 3, 10, {"reward": 0.5})]


def test_progress_is_written_at_once_at_the_end_and_now_and_then_between(tmp_path: Path) -> None:
    written = []
    with opened(tmp_path) as tracker:
        for done in (1, 2, 3):
            tracker.progress(done, 3)
            written.append(json.loads((tmp_path / "progress.json").read_text())["done"])
    assert written == [1, 1, 3]


def test_tables_and_summary_are_kept_beside_the_metrics(tmp_path: Path) -> None:
    with opened(tmp_path) as tracker:
        tracker.table("completions", [{"prompt": "2+2?", "text": "四"}], step=7)
        tracker.summary({"a": 1})
        tracker.summary({"b": 2})
    assert lines(tmp_path / "tables" / "completions.jsonl") == [{"step": 7, "prompt": "2+2?", "text": "四"}]
    assert json.loads((tmp_path / "summary.json").read_text()) == {"a": 1, "b": 2}


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    with opened(tmp_path) as tracker:
        tracker.progress(1, 1)
        tracker.summary({"a": 1})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["progress.json", "summary.json"]


def test_the_quiet_tracker_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    quiet = QuietTracker()
    quiet.log({"a": 1.0}, step=1)
    quiet.progress(1, 2, a=1.0)
    quiet.table("t", [{"a": 1}], step=1)
    quiet.rewind(0)
    quiet.summary({"a": 1})
    assert list(tmp_path.iterdir()) == []


def test_wandb_is_imported_only_when_it_is_wanted(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from r1cli.stage import SilentListener\n"
        "from r1cli.tracking.settings import Tracking\n"
        "from r1cli.tracking.tracker import open_tracker\n"
        "t = Tracking(name='n', backend='none', mode='offline', project='p', entity=None, tags=[])\n"
        f"entry = pathlib.Path({str(tmp_path)!r})\n"
        "about = dict(group='g', kind='k', node='n', config={}, lineage={}, listener=SilentListener())\n"
        "with open_tracker(t, entry=entry, **about) as tracker:\n"
        "    tracker.log({'a': 1.0}, step=1)\n"
        "assert 'wandb' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_a_damaged_line_is_dropped_by_a_rewind_and_the_rest_stays(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_bytes(b'{"step": 1}\n{"step": \xff\n[]\n{"step": 2}\n')
    opened(tmp_path).rewind(2)
    assert lines(metrics) == [{"step": 1}, {"step": 2}]


def test_numbers_that_are_none_reach_the_listener_as_none(tmp_path: Path) -> None:
    heard = Recorder()
    with opened(tmp_path, listener=heard) as tracker:
        tracker.progress(1, 2, loss=float("nan"), reward=float("inf"))
    assert heard.updates == [("reasoning_rl", 1, 2, {"loss": None, "reward": None})]


def test_a_warning_is_written_told_and_taken_back_with_what_led_to_it(tmp_path: Path) -> None:
    recorder = Recorder()
    with opened(tmp_path, listener=recorder) as tracker:
        for step in (3, 5):
            tracker.warn("format collapsed", step=step, metric="rewards/format/raw", value=0.1)
        tracker.rewind(4)
    assert [(w.step, w.metric) for w in read_warnings(tmp_path)] == [(3, "rewards/format/raw")]
    assert recorder.notes[0] == "warning: reasoning_rl, update 3: format collapsed"

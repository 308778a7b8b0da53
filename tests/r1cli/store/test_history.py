from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.store import history


def test_runs_are_listed_newest_first(tmp_path: Path):
    for name, started in (("r1", 1.0), ("r1_zero", 2.0)):
        history.record(tmp_path, history.Run(name=name, started=started, targets=["a"], nodes={"a": "f"}))
    (tmp_path / ".runs" / "9-broken.json").write_text("{")
    assert [r.name for r in history.recent(tmp_path)] == ["r1_zero", "r1"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write the store"):
        history.record(tmp_path / "file" / "store", history.Run(name="r1", started=0, targets=[], nodes={}))


def test_two_that_begin_in_the_same_microsecond_have_a_note_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for process in (7, 8):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        history.record(tmp_path, history.Run(name="second shared", started=1.5, targets=[], nodes={"a": str(process)}))
    assert {run.nodes["a"] for run in history.recent(tmp_path)} == {"7", "8"}


def test_a_name_longer_than_a_file_name_may_be_is_kept_in_the_note(tmp_path: Path):
    history.record(tmp_path, history.Run(name="数" * 300, started=0, targets=[], nodes={}))
    assert history.recent(tmp_path)[0].name == "数" * 300

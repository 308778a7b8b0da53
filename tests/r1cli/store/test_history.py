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

"""`r1 status`, `logs`, `gc` and `doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.config import hydra
from r1cli.store.store import Store
from r1cli.terminal.app import run_line
from tests.r1cli.fake_entries import make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    make(made)
    return made


def test_status_lists_a_result_with_its_path(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["status", f"paths.store={store.root}", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["node"], row["kind"], row["state"]) == ("sft", "SFT", "stored")
    assert Path(row["path"]).is_dir()


def test_status_composes_nothing_where_the_line_names_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    composed = []
    original = hydra.compose
    monkeypatch.setattr(hydra, "compose", lambda *a, **k: composed.append(a) or original(*a, **k))
    assert run_line(["status", f"paths.store={tmp_path / 'none'}"]) == 0
    assert not composed
    assert "try r1 run" in capsys.readouterr().err


def test_gc_lists_what_no_run_uses_and_deletes_it_only_with_yes(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    where = f"paths.store={store.root}"
    assert run_line(["gc", where, "--json"]) == 0
    [unused] = json.loads(capsys.readouterr().out)
    assert Path(unused["path"]).is_dir()
    assert run_line(["gc", where, "--yes"]) == 0
    assert not Path(unused["path"]).exists()
    assert "freed" in capsys.readouterr().err


def test_the_log_of_a_node_that_never_ran_is_a_mistake(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["logs", "nobody", f"paths.store={store.root}"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_verify_names_what_is_damaged_and_what_to_do(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    [entry] = store.entries()
    assert run_line(["status", "--verify", f"paths.store={store.root}"]) == 0
    (entry.path / "out" / "model" / "weights").write_text("rotten")
    assert run_line(["status", "--verify", f"paths.store={store.root}"]) == 2
    out, err = capsys.readouterr()
    assert "damaged" in out
    assert "error: 1 damaged" in err
    assert f"rm -r {entry.path}" in err

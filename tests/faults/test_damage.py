"""A truncated or flipped byte in each kind of file that a store has: named or harmless, and the same job goes on."""

from __future__ import annotations

import shutil
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from r1cli.engine.execute import execute
from r1cli.errors import StageFailed, StoreError
from r1cli.store import history
from r1cli.store.lease import Lease
from r1cli.store.status import status
from r1cli.store.store import Store
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord
from tests.faults.talkative import state, talkative
from tests.r1cli.fake_stages import Recorder

PUBLISHED = (
    *("manifest.json", "config.yaml", "log.txt", "progress.json", "metrics.jsonl", "summary.json"),
    *("tables/completions.jsonl", "out/model/text"),
)
"""Files of a result."""
UNFINISHED = (
    *("config.yaml", "log.txt", "progress.json", "metrics.jsonl", "summary.json", "tables/completions.jsonl"),
    *("work.json", "result.json", "manifest.json", "error.json", "spec.json", "wandb_id", "out/model/text"),
)
"""Files that unfinished work can have, a checkpoint apart (tests/r1cli/training/test_checkpoints.py)."""


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def flip_to_no_text(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x80
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = (flip, flip_to_no_text, truncate, empty)
Damage = Callable[[Path], None]


@pytest.fixture(autouse=True)
def _without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch: Any = types.ModuleType("torch")
    torch.manual_seed = torch.set_num_threads = lambda _: None
    monkeypatch.setitem(sys.modules, "torch", torch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two results."""
    store = tmp_path_factory.mktemp("whole") / "store"
    with pytest.MonkeyPatch.context() as m:
        torch: Any = types.ModuleType("torch")
        torch.manual_seed = torch.set_num_threads = lambda _: None
        m.setitem(sys.modules, "torch", torch)
        execute(talkative(store), Recorder())
    return store


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "store")
    return tmp_path / "store"


def entry(store: Path, node: str) -> Path:
    return next(store.glob(f"{node}-*"))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_damage_in_a_result_is_found(store: Path, name: str, damage: Damage) -> None:
    damage(entry(store, "a") / name)
    rows = {row.node: row.state for row in status(store, verify=True)}
    assert rows == {"a": "damaged", "b": "stored"}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["manifest.json", "out/model/text"])
def test_a_damaged_input_is_named_and_after_its_removal_made_again(
    store: Path, whole: Path, name: str, damage: Damage
) -> None:
    shutil.rmtree(entry(store, "b"))
    damage(entry(store, "a") / name)
    with pytest.raises(StoreError, match=str(store)) as error:
        execute(talkative(store), Recorder())
    shutil.rmtree(error.value.hint.rpartition("rm -r ")[2])
    execute(talkative(store), Recorder())
    assert state(store) == state(whole)


def interrupted(store: Path) -> Path:
    """Unfinished work on b with every file that such work can have; returns its folder."""
    shutil.rmtree(entry(store, "b"))
    with pytest.raises(StageFailed):
        execute(talkative(store, at_end="raise"), Recorder())
    folder = next((store / ".partial").glob("b-*"))
    (folder / "out/model").mkdir(parents=True)
    (folder / "out/model/text").write_text("b(a())")
    (folder / "error.json").write_text('{"type": "r1cli.errors.R1Error", "message": "m", "hint": "h"}')
    (folder / "spec.json").write_text("{}")
    (folder / "wandb_id").write_text("0123abcd")
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", UNFINISHED)
def test_work_with_a_damaged_file_is_finished_all_the_same(
    store: Path, whole: Path, name: str, damage: Damage, tmp_path: Path
) -> None:
    folder = interrupted(store)
    if name in {"result.json", "manifest.json"}:  # a kill after the stage has returned, or while it was published
        (folder / "result.json").write_text('{"out": {"kind": "model", "path": "out/model"}}')
    if name == "manifest.json":
        shutil.copy(entry(whole, "b") / "manifest.json", folder)
    damage(folder / name)
    assert [row.node for row in status(store)] == ["a", "b"]
    execute(talkative(store), Recorder())
    assert state(store) == state(whole)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_notes_of_runs_and_sweeps_are_passed_over(store: Path, damage: Damage) -> None:
    assert len(history.recent(store)) == 1
    damage(next((store / ".runs").iterdir()))
    assert len(history.recent(store)) <= 1
    record = SweepRecord(id="x-1", line=["run"], swept=["seed"], cells=["seed=0", "seed=1"], pid=1, at_once=1)
    ledger = Ledger.begin(store, record)
    for number in range(2):
        ledger.write(CellRecord(number=number, name=f"seed={number}", state="done"))
    damage(ledger.folder / "cells/0.json")
    assert ledger.cells()[1].state == "done"
    damage(ledger.folder / "sweep.json")
    assert [cell.number for cell in ledger.cells()][-1] == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_note_of_a_hash_is_made_again(tmp_path: Path, damage: Damage) -> None:
    from r1cli.engine.fingerprint import FileHashes

    data = tmp_path / "data"
    data.write_text("rows")
    hashes = FileHashes(tmp_path / "hashes")
    first = hashes(data)
    damage(next((tmp_path / "hashes").iterdir()))
    assert hashes(data) == first


def test_a_lock_file_with_anything_in_it_is_a_lock(store: Path) -> None:
    fingerprint = Store(store).entries()[0].fingerprint
    for content in (b"", b"\xff\xfe", b"{", b"[1]", b'{"pid": 1}'):
        (store / ".locks" / f"a-{fingerprint[:16]}").write_bytes(content)
        with Store(store).lease("a", fingerprint) as lease:
            assert isinstance(lease, Lease)
            assert Store(store).partial("a", fingerprint) is not None

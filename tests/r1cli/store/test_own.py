"""A store from elsewhere: nothing outside of it is read, written or deleted, and nothing in it is waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from r1cli.errors import StoreError
from r1cli.layout import OWN_FOLDERS
from r1cli.store.collect import delete, garbage
from r1cli.store.history import recent
from r1cli.store.live import Watcher
from r1cli.store.status import log_path, status
from r1cli.store.store import Store
from r1cli.sweep.ledger import Ledger, SweepRecord
from tests.r1cli.fake_entries import FP, make, work


@pytest.fixture
def s(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the user's that belongs to no store."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "keys").write_text("precious")
    return folder


def unhurt(outside: Path) -> bool:
    return [p.name for p in outside.iterdir()] == ["keys"] and (outside / "keys").read_text() == "precious"


PLACES = ["out/model/weights", "log.txt", "config.yaml", "metrics.jsonl", "tables", "out/model", "manifest.json"]


@pytest.mark.parametrize("place", PLACES)
def test_a_link_in_an_entry_is_damage_and_clean_up_removes_only_the_link(s: Store, outside: Path, place: str):
    made = make(s)
    path = made.path / place
    if path.is_dir():
        path.rename(outside.parent / "moved")
    path.unlink(missing_ok=True)
    path.symlink_to(outside if place == "tables" else outside / "keys")
    with pytest.raises(StoreError, match=r"is a link|no readable"):
        s.get("sft", FP)
    assert s.entries() == []
    assert [row.state for row in status(s.root)] == ["damaged"]
    with pytest.raises(StoreError, match="no log of 'sft'"):
        log_path(s.root, "sft")
    delete(s, garbage(s, [], partials_older_than_s=0))
    assert not made.path.exists()
    assert unhurt(outside)


@pytest.mark.parametrize("place", PLACES)
def test_a_pipe_in_an_entry_is_not_waited_for(s: Store, place: str):
    path = make(s).path / place
    if path.is_dir():
        path.rename(s.root / "moved")
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert [row.state for row in status(s.root, verify=True)] == ["damaged"]


def test_an_entry_may_be_shared_by_a_link_and_clean_up_removes_the_link(s: Store, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    made = make(s)
    made.path.rename(elsewhere)
    made.path.symlink_to(elsewhere)
    assert [e.node for e in s.entries()] == ["sft"]
    delete(s, garbage(s, [], partials_older_than_s=0))
    assert not made.path.is_symlink()
    assert (elsewhere / "out" / "model" / "weights").exists()


@pytest.mark.parametrize("name", OWN_FOLDERS)
def test_a_store_whose_own_folder_is_a_link_is_refused(s: Store, outside: Path, name: str):
    make(s)
    (s.root / name).rename(outside.parent / "moved") if (s.root / name).exists() else None
    (s.root / name).symlink_to(outside)
    with pytest.raises(StoreError, match="is a link"):
        Store(s.root)
    assert unhurt(outside)


def as_a_link(work_folder: Path, outside: Path) -> None:
    work_folder.symlink_to(outside)


def with_a_linked_checkpoint(work_folder: Path, outside: Path) -> None:
    work_folder.mkdir()
    (work_folder / "checkpoint").symlink_to(outside)


def with_a_linked_part(work_folder: Path, outside: Path) -> None:
    work_folder.mkdir()
    (work_folder / ".work.json.part").symlink_to(outside / "keys")


def with_a_pipe(work_folder: Path, outside: Path) -> None:
    work_folder.mkdir()
    os.mkfifo(work_folder / "result.json")


@pytest.mark.parametrize("prepare", [as_a_link, with_a_linked_checkpoint, with_a_linked_part, with_a_pipe])
def test_unfinished_work_with_links_is_not_gone_on_with(s: Store, outside: Path, prepare: Callable[[Path, Path], None]):
    folder = s.root / ".partial" / f"sft-{FP[:16]}"
    folder.parent.mkdir(parents=True)
    prepare(folder, outside)
    assert s.partials()[0].work is None
    with pytest.raises(StoreError, match=r"is a link|is no file"), s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
    assert unhurt(outside)
    delete(s, garbage(s, [], partials_older_than_s=0))
    assert s.partials() == []
    assert unhurt(outside)


def test_a_lock_that_is_a_link_is_not_written_through(s: Store, outside: Path):
    lock = s.root / ".locks" / f"sft-{FP[:16]}"
    lock.parent.mkdir(parents=True)
    lock.symlink_to(outside / "keys")
    with pytest.raises(StoreError, match="cannot write the store"), s.lease("sft", FP):
        pass
    assert unhurt(outside)


def test_notes_of_a_sweep_that_are_a_link_are_not_cleared(s: Store, outside: Path):
    (outside / "keys").rename(outside / "cells")
    (s.root / ".sweeps").mkdir(parents=True)
    (s.root / ".sweeps" / "0123").symlink_to(outside)
    record = SweepRecord(id="0123", line=[], swept=[], cells=[], pid=1, at_once=1)
    with pytest.raises(StoreError, match="is a link"):
        Ledger.begin(s.root, record)
    assert (outside / "cells").read_text() == "precious"


def test_pipes_among_notes_and_running_work_are_passed_over(s: Store):
    with s.lease("sft", FP) as lease:
        lease.begin(work(), config="")
        for place in (lease.path / "metrics.jsonl", lease.path / "progress.json", s.root / ".runs" / "x.json"):
            place.parent.mkdir(exist_ok=True)
            os.mkfifo(place)
        (running,) = Watcher(s).look().running
        assert (running.node, running.done) == ("sft", None)
    assert recent(s.root) == []


def test_the_advice_to_remove_an_entry_quotes_its_name(s: Store):
    folder = s.root / f"x; rm -rf ~ #-{FP[:16]}"
    folder.mkdir(parents=True)
    with pytest.raises(StoreError) as e:
        s.get("x; rm -rf ~ #", FP)
    assert e.value.hint.endswith(f"rm -r '{folder}'")

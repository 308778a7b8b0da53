"""Who holds a lock, who waits for it, and when it is free again."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from r1cli.store import lock
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP


@pytest.fixture
def s(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_who_waits_is_told_once_for_whom_and_then_gets_the_lock(s: Store):
    told: list[lock.Holder] = []
    order: list[str] = []

    def second() -> None:
        with s.lease("sft", FP, told.append):
            order.append("second")

    with s.lease("sft", FP):
        other = threading.Thread(target=second)
        other.start()
        while not told:
            time.sleep(lock.POLL_S)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert [h.pid for h in told] == [os.getpid()]


def test_a_lock_belongs_to_its_open_file(s: Store):
    with s.lease("sft", FP) as lease:
        inherited = os.dup(lease.lock_fd)
    assert lock.is_held(s.root / ".locks" / lease.path.name)
    os.close(inherited)
    assert not lock.is_held(s.root / ".locks" / lease.path.name)


def test_a_lock_whose_file_was_deleted_meanwhile_is_no_lock(tmp_path: Path):
    path = tmp_path / "lock"
    held = lock.acquire(path, None)
    path.unlink()
    fresh = lock.try_acquire(path)
    assert fresh is not None
    os.close(held)
    assert lock.is_held(path)
    os.close(fresh)
    assert not lock.is_held(path)


def test_a_lock_file_that_is_deleted_at_the_very_moment_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, flock = tmp_path / "lock", fcntl.flock
    assert not lock.is_held(path)  # by now it is known that flock works here

    def delete_and_lock(fd: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        path.unlink()
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", delete_and_lock)
    assert lock.try_acquire(path) is None
    os.close(lock.acquire(path, None))


def test_nobody_holds_a_lock_that_does_not_exist(tmp_path: Path):
    assert not lock.is_held(tmp_path / "lock")

"""Lock files, for file systems without flock: held, handed on, freed, and taken over from a machine that died."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from r1cli.store import lock, lock_file
from r1cli.store.store import Store
from tests.r1cli.fake_entries import FP


@pytest.fixture(autouse=True)
def _no_flock_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lock_file.KINDS, "file")


def _wait(until, seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_store_works_with_lock_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.lease("sft", FP) as lease:
        path = store.root / ".locks" / lease.path.name
        assert lock.is_held(path)
        assert lock.try_acquire(path) is None
        assert _wait(lambda: lock._holder(path) == lock.Holder(os.getpid(), os.uname().nodename))
    assert _wait(lambda: not path.exists())
    assert not lock.is_held(path)


def test_a_child_that_inherited_the_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = lock.try_acquire(path)
    assert held is not None
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held,))
    os.close(held)
    time.sleep(0.5)
    assert lock.is_held(path)
    child.communicate(b"\n")
    assert _wait(lambda: not lock.is_held(path))


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = f"from r1cli.store import lock; from pathlib import Path; lock.try_acquire(Path({str(path)!r})); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert _wait(lambda: lock.is_held(path))
    holder.kill()
    holder.wait()
    assert _wait(lambda: not lock.is_held(path))


def test_who_waits_gets_it_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = lock.acquire(path, None)
    lock.sign(first, 4711)
    told: list[lock.Holder] = []
    assert _wait(lambda: lock._holder(path) is not None and lock._holder(path).pid == 4711)
    os.close(first)
    second = lock.acquire(path, told.append)
    os.close(second)
    assert [holder.pid for holder in told] in ([], [4711])


def test_a_file_that_a_dead_machine_left_is_taken_over_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text('{"pid": 1, "host": "another", "token": "old", "keeper": 1}')
    assert lock.is_held(path)
    assert lock.try_acquire(path) is None
    long_ago = time.time() - 2 * lock_file.STALE_S
    os.utime(path, (long_ago, long_ago))
    assert not lock.is_held(path)
    held = lock.try_acquire(path)
    assert held is not None
    assert lock.try_acquire(path) is None
    os.close(held)


def test_a_file_whose_keeper_died_on_this_machine_is_taken_over_at_once(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    path = tmp_path / "lock"
    path.write_text(f'{{"pid": 1, "host": "{os.uname().nodename}", "token": "old", "keeper": {gone.pid}}}')
    held = lock.try_acquire(path)
    assert held is not None
    os.close(held)


def test_what_is_mounted_without_flock_between_machines_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(lock_file.KINDS)
    lock_file._why_no_flock.cache_clear()
    assert lock_file.why_no_flock(tmp_path) == ""
    for kind, option in (("lustre", "localflock"), ("nfs4", "local_lock=all"), ("nfs", "nolock")):
        lock_file._why_no_flock.cache_clear()
        monkeypatch.setattr(lock_file, "_mounted", lambda _, kind=kind, option=option: (kind, ["rw", option]))
        assert lock_file.why_no_flock(tmp_path) == f"{kind} is mounted with {option}"
    lock_file._why_no_flock.cache_clear()


def test_a_file_system_that_refuses_flock_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import errno
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.delenv(lock_file.KINDS)
    monkeypatch.setattr(fcntl, "flock", refuse)
    lock_file._why_no_flock.cache_clear()
    assert lock_file.why_no_flock(tmp_path) == "flock says: No locks available"
    lock_file._why_no_flock.cache_clear()

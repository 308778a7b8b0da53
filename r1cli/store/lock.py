"""Locks between processes that belong to an open file, not to a process.

The kernel frees an flock when the last descriptor of the open file is closed. So a killed holder never leaves a stale
lock behind, and a descriptor that is handed to a child process keeps the lock as long as the child lives, even when the
command that started it is killed. Where the file system has no flock that other machines see, the descriptor is one end
of a pipe instead, and the lock is a file that is kept alive at its other end (r1cli.store.lock_file).
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from r1cli.store import lock_file

POLL_S = 0.3
"""Between two attempts of a waiting process to take the lock."""


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock."""

    pid: int
    host: str


def acquire(path: Path, on_wait: Callable[[Holder], None] | None) -> int:
    """Wait for the lock; returns the descriptor that holds it. `on_wait` is called once, with the current holder.

    Release it by closing the descriptor. Unlocking would take the lock from a child that still holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    tries = 0
    while (fd := try_acquire(path)) is None:
        tries += 1
        # The first failure may be due to `is_held`, which takes the lock for an instant.
        if on_wait and tries > 1 and (holder := _holder(path)):
            on_wait(holder)
            on_wait = None
        time.sleep(POLL_S)
    return fd


def try_acquire(path: Path) -> int | None:
    """A descriptor that holds the lock, or None if another process holds it."""
    if lock_file.why_no_flock(path.parent):
        return lock_file.try_acquire(path)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A clean-up may have deleted the file between opening and locking: then it is no longer the lock.
        if path.stat().st_ino == os.fstat(fd).st_ino:
            return fd
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def is_held(path: Path) -> bool:
    """Does any process hold the lock?"""
    if lock_file.why_no_flock(path.parent):
        return lock_file.is_held(path)
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def sign(fd: int, pid: int) -> None:
    """Write into the lock file which process holds it."""
    if stat.S_ISFIFO(os.fstat(fd).st_mode):
        return lock_file.sign(fd, pid)
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps({"pid": pid, "host": platform.node()}).encode(), 0)
    return None


def _holder(path: Path) -> Holder | None:
    """The holder, as it signed the lock; None in the instant before it does, or if the file is damaged."""
    try:
        signed = json.loads(path.read_text())
        return Holder(pid=signed["pid"], host=signed["host"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None

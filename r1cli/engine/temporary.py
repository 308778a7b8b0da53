"""Temporary files that do not stay behind, even after `kill -9`.

Libraries (W&B above all) make temporary folders when they are imported and when they are used, and remove them if
their process comes to an end by itself. So a process that runs stages gives them a folder of its own, which it keeps
locked as long as it lives. What a killed process has left is then told from what is in use, and removed by the next
command.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from r1cli.store import lock

PREFIX, LOCK = "r1cli-", ".lock"


@dataclass(frozen=True)
class _Own:
    """The folder of one process; a forked child has none."""

    folder: Path
    pid: int


_own: _Own | None = None
_outside: str | None = None
"""TMPDIR as it was before `own_folder`."""


@contextlib.contextmanager
def own_folder() -> Iterator[None]:
    """Have libraries put their temporary files into this process's own folder, which goes when the process ends.

    It outlives the block, since what a library has imported keeps its folder. Where there is no place for temporary
    files, or none that can be locked, nothing changes.
    """
    global _outside
    folder = _folder()
    if folder is None or os.environ.get("TMPDIR") == str(folder):
        yield
        return
    _outside, known = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = known
        _restore(os.environ, _outside)


def outside(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for a process that will have a folder of its own: ours may be gone before it ends."""
    copied = dict(environment)
    if _own is not None and copied.get("TMPDIR") == str(_own.folder):
        _restore(copied, _outside)
    return copied


def clear() -> None:
    """Remove the folders of this user's processes that are no more."""
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*{LOCK}"):
            with contextlib.suppress(OSError):
                _clear(path)


def _clear(path: Path) -> None:
    about = path.lstat()
    if about.st_uid != os.getuid() or not stat.S_ISREG(about.st_mode):
        return
    fd = lock.try_acquire(path)
    if fd is not None:
        try:
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink()
        finally:
            os.close(fd)


def _folder() -> Path | None:
    global _own  # noqa: PLW0603
    if _own is None or _own.pid != os.getpid() or not _own.folder.is_dir():
        clear()
        with contextlib.suppress(OSError):
            _own = _Own(_new_folder(Path(tempfile.gettempdir())), os.getpid())
    return _own.folder if _own is not None and _own.pid == os.getpid() else None


def _new_folder(base: Path) -> Path:
    """Make and lock it; the lock is released by the kernel, however the process ends."""
    while True:
        folder = base / f"{PREFIX}{secrets.token_hex(4)}"
        fd = lock.try_acquire(folder.with_suffix(LOCK))
        if fd is not None:
            break
    # Others may pass through it, not look: a sandboxed program becomes somebody else and has its folder in here.
    folder.mkdir(mode=0o711)
    atexit.register(_remove, folder, os.getpid(), fd)
    return folder


def _remove(folder: Path, pid: int, fd: int) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(LOCK).unlink(missing_ok=True)
        os.close(fd)


def _restore(environment: os._Environ[str] | dict[str, str], value: str | None) -> None:
    if value is None:
        environment.pop("TMPDIR", None)
    else:
        environment["TMPDIR"] = value

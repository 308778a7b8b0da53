"""Locks for file systems without flock between machines: a file whose keeper touches it as long as the lock is held.

A file that nobody has touched for `STALE_S` belongs to a machine that died, and is taken over. That compares its time
with this machine's clock, so clocks must agree within a minute; on clusters they do.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

STALE_S = 90.0
KINDS = "R1_LOCKS"
"""Environment variable: `flock` or `file`, where what is found here is wrong."""
LOCAL_ONLY = {"lustre": ("localflock", "noflock"), "nfs": ("nolock", "local_lock=all", "local_lock=flock")}
"""Kind of file system -> mount options with which an flock is not seen by other machines."""


def why_no_flock(folder: Path) -> str:
    """Why locks in this folder are files; empty where flock works."""
    existing = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    return _why_no_flock(str(existing), os.environ.get(KINDS, ""))


@cache
def _why_no_flock(folder: str, wanted: str) -> str:
    if wanted:
        return f"{KINDS}={wanted}" if wanted == "file" else ""
    kind, options = _mounted(Path(folder))
    family = "nfs" if kind.startswith("nfs") else kind
    if found := [o for o in LOCAL_ONLY.get(family, ()) if o in options]:
        return f"{kind} is mounted with {found[0]}"
    if not os.access(folder, os.W_OK):
        return ""  # nothing will be locked there
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".lock-probe-") as first, Path(first.name).open("rb+") as other:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
        except OSError as e:
            return f"flock says: {e.strerror}"
    return "flock is granted to everybody at once"


def _mounted(folder: Path) -> tuple[str, list[str]]:
    """(kind of file system, mount options) of a folder; empty where the kernel does not say."""
    best: tuple[int, str, list[str]] = (-1, "", [])
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text("utf-8", errors="replace").splitlines():
            _, point, kind, options, *_ = line.split()
            if folder.is_relative_to(point) and len(point) >= best[0]:
                best = (len(point), kind, options.split(","))
    return best[1], best[2]


def try_acquire(path: Path) -> int | None:
    """A descriptor that holds the lock, or None if another process holds it. Whoever closes it last frees the lock."""
    token = uuid.uuid4().hex
    if not _create(path, token) and not _take_over(path, token):
        return None
    source, held = os.pipe()
    try:
        subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("keeper.py")), str(path), token],
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C, and the end of the command, are not its end
        )
    except BaseException:
        os.close(held)
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(source)
    return held


def is_held(path: Path) -> bool:
    """Does any process on any machine hold the lock?"""
    content = read(path)
    return content is not None and not _is_stale(path, content)


def sign(fd: int, pid: int) -> None:
    """Have the keeper write which process holds the lock."""
    os.write(fd, json.dumps({"pid": pid, "host": platform.node()}).encode() + b"\n")


def read(path: Path) -> dict[str, Any] | None:
    """What the lock's file says; None if there is none. A file that is half written says nothing, but is there."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _create(path: Path, token: str) -> bool:
    """Make the file, if there is none: in one step, for all machines (O_EXCL; NFS version 3 and later)."""
    content = {"pid": os.getpid(), "host": platform.node(), "token": token}
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(fd, "w") as file:
        json.dump(content, file)
    return True


def _take_over(path: Path, token: str) -> bool:
    """Replace a file that nobody keeps; only one of those who find it so can."""
    content = read(path)
    if content is None or not _is_stale(path, content):
        return False
    marker = path.with_name(f"{path.name}.taken")
    if not _create(marker, token):
        if _age_s(marker) > STALE_S:  # whoever made it died in between
            marker.unlink(missing_ok=True)
        return False
    try:
        again = read(path)
        if again is None or again.get("token") != content.get("token") or not _is_stale(path, again):
            return False
        path.unlink(missing_ok=True)
        return _create(path, token)
    finally:
        marker.unlink(missing_ok=True)


def _is_stale(path: Path, content: dict[str, Any]) -> bool:
    keeper = content.get("keeper")
    if keeper is not None and content.get("host") == platform.node():
        with contextlib.suppress(PermissionError):
            try:
                os.kill(int(keeper), 0)
            except ProcessLookupError:
                return True
    return _age_s(path) > STALE_S


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0

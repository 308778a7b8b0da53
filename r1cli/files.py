"""Write files whole or not at all: write beside, then rename. So a kill leaves the old file or the new one.

`replacing` and `replace_text` are for what a reader must never see a part of; `write_durably` also survives a power
failure, for what says that other work is complete. The rest is what pathlib lacks.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from r1cli.errors import StoreError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the operating system says where there is no room, or none for this user."""
MOST_BYTES = 1 << 28
"""Of a file that is read as a whole; those that r1 writes have a thousandth of it."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` when the block ends well. For one writer at a time."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # a link of that name would be written through
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    with replacing(path) as part:
        part.write_text(text, "utf-8")


def replace_bytes(path: Path, content: bytes) -> None:
    """The same for bytes."""
    with replacing(path) as part:
        part.write_bytes(content)


def write_durably(path: Path, text: str) -> None:
    """Write a file whole or not at all, and have it on the disk before returning."""
    with replacing(path) as part:
        part.write_text(text, "utf-8")
        fsync(part)


def fsync(path: Path) -> None:
    """Have a file's content, or a folder's names, on the disk before returning."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def open_own(path: Path) -> BinaryIO:
    """A file that lies here itself, open for reading.

    Raises:
        OSError: it is a link, or can be waited for without end (a pipe, a device).
    """
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a file", str(path))
    return os.fdopen(fd, "rb")


def is_own_file(path: Path) -> bool:
    """Is there a file, neither a link to one nor a pipe?"""
    return path.is_file() and not path.is_symlink()


def own_bytes(path: Path) -> bytes:
    """Content of such a file.

    Raises:
        OSError: see `open_own`; also for over MOST_BYTES.
    """
    with open_own(path) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return file.read()


def json_objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """The JSON object on each line; None for a line that a kill cut off, or that holds anything else."""
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield value if isinstance(value, dict) else None


def finite(value: Any) -> float | None:
    """A number as such; None for anything else, for NaN and infinities, and for one beyond the largest float."""
    if not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def drop_torn_line(path: Path) -> None:
    """Cut off the last line of a file where a killed process left half of it; the file need not exist."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        if file.read(1) in {b"\n", b""}:  # whole, as it mostly is
            return
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def sha256(path: Path) -> str:
    """Of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def children(path: Path) -> list[Path]:
    """What is in a folder, by name; nothing if there is no such folder.

    Raises:
        StoreError: it is a file, a loop of links, or may not be read.
    """
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        return []
    except OSError as e:
        raise StoreError(f"cannot read {path}: {e.strerror}", hint="choose another folder with paths.store=") from e


def is_filled(folder: Path) -> bool:
    """Is there anything in it?"""
    return bool(children(folder))


def size(path: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(f.lstat().st_size for f in path.rglob("*") if f.is_file())


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turn what the operating system says about the store into one error that a person can act on."""
    try:
        yield
    except OSError as e:
        hint = "check its permissions, or move the store with paths.store="
        if e.errno in FULL:
            hint = "free some space (`r1 gc` lists what can go), or move the store with paths.store="
        where = f" ({e.filename})" if e.filename and Path(e.filename) != root else ""
        raise StoreError(f"cannot write the store {root}: {e.strerror or e}{where}", hint=hint) from e

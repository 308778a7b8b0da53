"""Write files whole or not at all: write beside, then rename. So a kill leaves the old file or the new one.

`replacing` and `replace_text` are for what a reader must never see a part of; `write_durably` also survives a power
failure, for what says that other work is complete. The rest is what pathlib lacks.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from r1cli.errors import StoreError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the operating system says where there is no room, or none for this user."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` when the block ends well. For one writer at a time."""
    part = path.with_name(f".{path.name}.part")
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


def json_objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """The JSON object on each line; None for a line that a kill cut off, or that holds anything else."""
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        yield value if isinstance(value, dict) else None


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

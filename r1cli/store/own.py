"""Only what lies in a store is read, written and deleted as the store's: links, pipes and devices in it are refused.

A store may have come from somebody else, as an archive say. A link in it would lead to this user's files, and a pipe
would be waited for without end. r1cli makes neither. The store itself, and the folder of a finished entry, may be
links: whoever shares results between two stores, or between two disks, makes such.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from r1cli.errors import StoreError
from r1cli.layout import OWN_FOLDERS, TORCHRUN, WANDB
from r1cli.text import rm_command

FOREIGN = (WANDB, TORCHRUN)
"""Folders that others fill as they like, and that nobody here reads."""


def check_folders(root: Path) -> None:
    """Make sure that what a store keeps beside its entries is in it: `r1 gc` empties some of these folders.

    Raises:
        StoreError: one of them is a link.
    """
    for path in (root / name for name in OWN_FOLDERS):
        if os.path.islink(path):  # noqa: PTH114 (Path.is_symlink raises where the root may not be read)
            raise StoreError(f"{path} is a link", hint=f"what it leads to is not the store's: {rm_command(path)}")


def check_work(folder: Path) -> None:
    """The same for unfinished work: it is resumed, rotated and cleared away.

    Raises:
        StoreError: it is a link, or holds one, or a pipe or a device.
    """
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link", hint=f"what it leads to is not the store's: {rm_command(folder)}")
    check_content(folder)


def check_content(folder: Path) -> None:
    """Make sure that all in an entry lies in it.

    Raises:
        StoreError: it holds a link, a pipe or a device.
    """
    if (found := foreign(folder, but=FOREIGN)) is not None:
        hint = f"an entry holds files and folders of its own; put the file there, or: {rm_command(found)}"
        raise StoreError(f"{found} is {'a link' if found.is_symlink() else 'no file'}", hint=hint)


def foreign(folder: Path, *, but: Iterable[str] = ()) -> Path | None:
    """The first thing below a folder that is neither file nor folder; what is named in `but` is passed over."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as items:
                for item in items:
                    if item.name in but:
                        continue
                    if item.is_dir(follow_symlinks=False):
                        waiting.append(item.path)
                    elif not item.is_file(follow_symlinks=False):
                        return Path(item.path)
        except OSError:
            continue  # gone since, or not ours to read: whoever reads it will say so
    return None

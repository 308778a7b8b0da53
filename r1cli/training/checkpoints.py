"""Checkpoints that say whether they are whole: a folder `checkpoint-<step>` with, written last, digests of its files.

A kill leaves a checkpoint without digests; a failing disk or a careless copy leaves one whose files do not match them.
Neither is resumed from: the newest one that is intact is.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from r1cli.files import remove, sha256, write_durably

COMPLETE = "complete"
"""Name of the file with the digests."""
PREFIX = "checkpoint-"
LINES = "records.jsonl"


def folder_of_step(root: Path, step: int) -> Path:
    """Where the checkpoint of an update lies."""
    return root / f"{PREFIX}{step}"


def step_of(checkpoint: Path) -> int:
    """The number of updates that a checkpoint holds."""
    return int(checkpoint.name.removeprefix(PREFIX))


def of(root: Path) -> list[Path]:
    """All checkpoints below `root`, whole or not, from oldest to newest."""
    return sorted(root.glob(f"{PREFIX}*"), key=step_of)


def seal(folder: Path) -> None:
    """Declare a folder complete. Whatever changes in it from now on makes it damaged."""
    write_durably(folder / COMPLETE, json.dumps(_digests(folder)))


def is_intact(folder: Path) -> bool:
    """Was the folder sealed, and does it hold the same bytes as then?"""
    try:
        sealed = json.loads((folder / COMPLETE).read_text("utf-8"))
        return bool(sealed == _digests(folder))
    except (OSError, ValueError):
        return False


def newest_intact(root: Path, log: logging.Logger) -> Path | None:
    """The newest checkpoint below `root` that can be trusted; a warning for each that had to be passed over."""
    for checkpoint in reversed(of(root)):
        if is_intact(checkpoint):
            return checkpoint
        if (checkpoint / COMPLETE).exists():
            log.warning("%s is damaged, looking for an older checkpoint", checkpoint)
    return None


def remove_all_after(root: Path, newest: Path | None) -> None:
    """Delete the checkpoints that are newer than the one to resume from: they are torn or damaged."""
    for checkpoint in of(root):
        if newest is None or step_of(checkpoint) > step_of(newest):
            remove(checkpoint)


def write_lines(folder: Path, records: Iterable[Any]) -> None:
    """A sealed folder with one file of JSON lines: a shard of what a stage samples, in place of whatever was there."""
    remove(folder)
    folder.mkdir(parents=True)
    with (folder / LINES).open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    seal(folder)


def read_lines(folder: Path) -> Iterator[Any]:
    """The records of such a folder, one at a time."""
    with (folder / LINES).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _digests(folder: Path) -> dict[str, str]:
    """sha256 of every file of the folder, by its name."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / COMPLETE:
            digests[path.relative_to(folder).as_posix()] = sha256(path)
    return digests

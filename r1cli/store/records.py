"""What a store holds: published results, unfinished work, and the right to go on with it.

The models here are the JSON files in an entry's folder: `manifest.json` (Manifest) and, while it is being made,
`work.json` (Work). Where the folders are and how they come and go is in r1cli.store.store.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from r1cli.artifact import Artifact, Kind
from r1cli.errors import StoreError
from r1cli.files import children
from r1cli.store import lock


class Made(BaseModel):
    """An artifact inside an entry."""

    kind: Kind
    path: str
    """Relative to the entry."""


class Origin(BaseModel):
    """Where an input came from."""

    node: str
    """Empty for a thing from outside."""
    fingerprint: str
    location: str


class Attempt(BaseModel):
    """One process's work on an entry; several where it was interrupted."""

    started: float
    """Seconds since the epoch."""
    ended: float | None = None
    """None: it never said so. The next attempt puts the last sign of life here."""


class Work(BaseModel):
    """What is known of an entry while it is being made; kept beside the work."""

    node: str
    kind: str
    fingerprint: str
    device: str
    processes: int
    attempts: list[Attempt] = []

    @property
    def seconds(self) -> float:
        """Of all attempts that have ended."""
        return sum(a.ended - a.started for a in self.attempts if a.ended is not None)


class Manifest(BaseModel):
    """What an entry is, how it came about, and what is in it. Written last."""

    node: str
    kind: str
    """Class of the stage."""
    target: str
    fingerprint: str
    identity: dict[str, Any]
    seed: int
    inputs: dict[str, Origin]
    artifacts: dict[str, Made]
    data: dict[str, str]
    """Data file -> sha256."""
    versions: dict[str, str]
    seconds: float
    """Of all attempts together."""
    started: float
    resumed: int
    """How many times the work was taken up again."""
    attempts: list[Attempt]
    device: str
    processes: int


@dataclass(frozen=True)
class Entry:
    """A published result."""

    path: Path
    manifest: Manifest

    def artifacts(self) -> dict[str, Artifact]:
        """What is in it, as handles that other stages take."""
        return {
            name: Artifact(kind=m.kind, location=str(self.path / m.path), fingerprint=self.manifest.fingerprint)
            for name, m in self.manifest.artifacts.items()
        }


@dataclass(frozen=True)
class Partial:
    """Work in progress, or left behind."""

    path: Path
    work: Work | None
    """None: killed before it could say what it is."""
    running: bool
    resumable: bool
    """There is a checkpoint in it."""

    @property
    def node(self) -> str:
        return self.path.name.rpartition("-")[0]

    @property
    def fingerprint(self) -> str:
        """Whole, or its first 16 digits if that is all that is known."""
        return self.work.fingerprint if self.work else self.path.name.rpartition("-")[2]


@dataclass(frozen=True)
class Claim:
    """The right to write one partial entry, held as long as `lock_fd` is open somewhere."""

    path: Path
    lock_fd: int
    """Pass it to the process that writes: an orphan then keeps others out."""

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint"

    @property
    def complete(self) -> bool:
        """Its manifest is written: a kill came between that and the publication."""
        return (self.path / "manifest.json").exists()

    @property
    def result(self) -> Path:
        """Written by the worker when the stage has returned: what it made, as `Made` by name."""
        return self.path / "result.json"

    def held_by(self, pid: int) -> None:
        """Name another process as the holder, for those who wait."""
        lock.sign(self.lock_fd, pid)


def read_entry(path: Path) -> Entry:
    """The result in a folder.

    Raises:
        StoreError: there is none.
    """
    hint = f"it is damaged or not r1cli's; remove it: rm -r {path}"
    try:
        return Entry(path, Manifest.model_validate_json((path / "manifest.json").read_bytes()))
    except OSError as e:
        raise StoreError(f"{path}: no readable manifest.json ({e.strerror})", hint=hint) from e
    except ValidationError as e:
        raise StoreError(f"{path}/manifest.json is not a manifest ({e.error_count()} errors)", hint=hint) from e


def read_work(path: Path) -> Work | None:
    """What a folder of unfinished work says about itself; None: it was killed at the very beginning."""
    try:
        return Work.model_validate_json((path / "work.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def last_sign_of_life(path: Path) -> float:
    """When something in an unfinished entry was last written (seconds since the epoch)."""
    times = [0.0]
    for file in (path, *children(path)):
        with contextlib.suppress(FileNotFoundError):
            times.append(file.stat().st_mtime)
    return max(times)

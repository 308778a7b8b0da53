"""What a store holds: an Entry is a published result, a Partial is unfinished work.

The pydantic models are the JSON files in their folders: `work.json` while an entry is being made, `manifest.json` when
it is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ValidationError, field_validator

from r1cli.artifact import Artifact, Kind
from r1cli.errors import StoreError
from r1cli.files import children, own_bytes, sha256, write_durably
from r1cli.layout import MANIFEST, WORK, parts_of_entry_name
from r1cli.store.own import check_content
from r1cli.text import rm_command

DIGEST = "digest"
"""Key of a manifest's file: sha256 of the rest."""
PartialState = Literal["running", "resumable", "stopped"]


class Made(BaseModel):
    """An artifact inside an entry."""

    kind: Kind
    path: str
    """Relative to the entry."""

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        """A store may come from somebody else: what it calls an artifact must not be another file of this machine."""
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise ValueError("leads out of the entry")
        return path


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
    """None: still running, or killed; the next attempt then puts the last sign of life here."""


class Work(BaseModel):
    """What an entry will be, and the work on it so far."""

    node: str
    kind: str
    """Class of the stage."""
    fingerprint: str
    device: str
    processes: int
    strategy: str = "ddp"
    """How they shared the model."""
    attempts: list[Attempt] = []

    @property
    def seconds(self) -> float:
        """Of all attempts that have ended; one in which the clock went back counts for nothing."""
        return sum(max(0.0, a.ended - a.started) for a in self.attempts if a.ended is not None)


class Manifest(Work):
    """What an entry is, how it was made, and what is in it. Written last."""

    target: str
    """Dotted name of the stage's class."""
    identity: dict[str, Any]
    """All that the fingerprint is made of."""
    seed: int
    inputs: dict[str, Origin]
    """By role."""
    artifacts: dict[str, Made]
    data: dict[str, str]
    """Data file -> sha256."""
    versions: dict[str, str]
    """Of Python, r1cli and the libraries that compute."""
    files: dict[str, str] = {}
    """File that was made, relative to the entry -> sha256."""
    records: dict[str, str] = {}
    """The same for what was written down beside it: configuration, log, metrics, tables."""

    @property
    def started(self) -> float:
        """When the first attempt began (seconds since the epoch)."""
        return self.attempts[0].started

    @property
    def ended(self) -> float:
        """When the last attempt ended (seconds since the epoch)."""
        return self.attempts[-1].ended or self.attempts[-1].started

    @property
    def resumed(self) -> int:
        """How many times the work was resumed."""
        return len(self.attempts) - 1


@dataclass(frozen=True)
class Entry:
    """A published result."""

    path: Path
    manifest: Manifest
    state: ClassVar[Literal["stored"]] = "stored"

    @property
    def node(self) -> str:
        """The name of the node that made it."""
        return self.manifest.node

    @property
    def kind(self) -> str:
        """Class of the stage."""
        return self.manifest.kind

    @property
    def fingerprint(self) -> str:
        """Of the node."""
        return self.manifest.fingerprint

    @property
    def seconds(self) -> float:
        """Of all the work on it."""
        return self.manifest.seconds

    def artifacts(self) -> dict[str, Artifact]:
        """What is in it, as handles that other stages take."""
        return {
            name: Artifact(kind=made.kind, location=str(self.path / made.path), fingerprint=self.manifest.fingerprint)
            for name, made in self.manifest.artifacts.items()
        }

    def verify(self, *, records: bool = False) -> None:
        """Compare every file that was made with the manifest: a flipped bit would silently train another model.

        With `records` also what was written down beside it.

        Raises:
            StoreError: a file is not what was published.
        """
        files = self.manifest.files | (self.manifest.records if records else {})
        for name, digest in files.items():
            try:
                intact = sha256(self.path / name) == digest
            except OSError:
                intact = False
            if not intact:
                hint = f"it is damaged; remove the entry, and it is made again: {rm_command(self.path)}"
                raise StoreError(f"{self.path / name} is not the file that was published", hint=hint)


@dataclass(frozen=True)
class Damaged:
    """A folder that is named like a result but cannot be read as one."""

    path: Path
    reason: str
    state: ClassVar[Literal["damaged"]] = "damaged"
    kind: ClassVar[str] = ""
    seconds: ClassVar[None] = None

    @property
    def node(self) -> str:
        """The name of the node, from the folder's name."""
        return parts_of_entry_name(self.path.name)[0]

    @property
    def fingerprint(self) -> str:
        """Its first 16 digits."""
        return parts_of_entry_name(self.path.name)[1]


@dataclass(frozen=True)
class Partial:
    """Work in progress, or left behind."""

    path: Path
    work: Work | None
    """None: killed before it was written."""
    state: PartialState
    """stopped: no process works on it, and it has no checkpoint to resume from."""

    @property
    def running(self) -> bool:
        """Somebody holds its lock."""
        return self.state == "running"

    @property
    def node(self) -> str:
        """The name of the node, from the folder's name."""
        return parts_of_entry_name(self.path.name)[0]

    @property
    def kind(self) -> str:
        """Class of the stage; empty if it is not known."""
        return self.work.kind if self.work else ""

    @property
    def fingerprint(self) -> str:
        """Whole, or its first 16 digits if that is all that is known."""
        return self.work.fingerprint if self.work else parts_of_entry_name(self.path.name)[1]

    @property
    def seconds(self) -> float | None:
        """From its beginning to its last sign of life; None if it is not known when it began."""
        if self.work is None:
            return None
        return max(0.0, last_sign_of_life(self.path) - self.work.attempts[0].started)


def with_ancestors(entries: Iterable[Entry], fingerprints: Iterable[str]) -> set[str]:
    """The fingerprints, and those of everything they depend on, as far as `entries` tell."""
    manifests = {e.fingerprint: e.manifest for e in entries}
    reached: set[str] = set()
    remaining = list(fingerprints)
    while remaining:
        fingerprint = remaining.pop()
        if fingerprint not in reached and fingerprint in manifests:
            remaining += [origin.fingerprint for origin in manifests[fingerprint].inputs.values()]
        reached.add(fingerprint)
    return reached


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the file that makes a folder an entry; with it, a digest of what it says."""
    plain = manifest.model_dump(mode="json")
    write_durably(folder / MANIFEST, json.dumps({**plain, DIGEST: _digest(plain)}, indent=1, ensure_ascii=False))


def read_manifest(folder: Path) -> Manifest:
    """The manifest in an entry's folder.

    Raises:
        StoreError: there is none, or it is damaged.
    """
    hint = f"it is damaged or not r1cli's; remove it: {rm_command(folder)}"
    try:
        plain = json.loads(own_bytes(folder / MANIFEST))
        digest = plain.pop(DIGEST, None) if isinstance(plain, dict) else None
        manifest = Manifest.model_validate(plain)
    except OSError as e:
        raise StoreError(f"{folder}: no readable {MANIFEST} ({e.strerror})", hint=hint) from e
    except ValidationError as e:
        raise StoreError(f"{folder}/{MANIFEST} is not a manifest ({e.error_count()} errors)", hint=hint) from e
    except (ValueError, RecursionError) as e:
        raise StoreError(f"{folder}/{MANIFEST} is not a manifest ({e})", hint=hint) from e
    if not manifest.attempts:
        raise StoreError(f"{folder}/{MANIFEST} does not say when it was made", hint=hint)
    if digest is not None and digest != _digest(plain):
        raise StoreError(f"{folder}/{MANIFEST} is not what was published", hint=hint)
    check_content(folder)
    return manifest


def _digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def read_work(folder: Path) -> Work | None:
    """The record in a folder of unfinished work; None: killed before it was written, damaged, or no file."""
    try:
        work = Work.model_validate_json(own_bytes(folder / WORK))
    except (OSError, ValidationError):
        return None
    return work if work.attempts else None


def last_sign_of_life(folder: Path) -> float:
    """When something in an unfinished entry was last written (seconds since the epoch)."""
    times = [0.0]
    for file in (folder, *children(folder)):
        with contextlib.suppress(FileNotFoundError):
            times.append(file.lstat().st_mtime)
    return max(times)

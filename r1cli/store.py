"""The store: what stages made, by content; same inputs, computed once, shared by all commands and processes.

`<store>/<node>-<fp16>/`           a result: appears by one rename when it is complete, never changes afterwards
`<store>/.partial/<node>-<fp16>/`  work in progress: survives a kill; who holds the lock next goes on in it
`<store>/.locks/<node>-<fp16>`     flock: the kernel frees it when the last process that holds it is gone

The lock's descriptor is handed to the process that trains: see r1cli.lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from r1cli import lock
from r1cli.artifact import Artifact, Kind
from r1cli.errors import StoreError

ENTRY_NAME = re.compile(r"(?P<node>.+)-(?P<prefix>[0-9a-f]{16})")


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


@dataclass(frozen=True)
class Garbage:
    """Something that may go."""

    path: Path
    why: str
    size: int
    """Bytes."""


class Store:
    """Entries below one folder."""

    def __init__(self, root: Path) -> None:
        # Absolute: workers and manifests must find it whatever the current directory is.
        self.root = root.expanduser().absolute()

    def get(self, node: str, fingerprint: str) -> Entry | None:
        """The published entry, if there is one.

        Raises:
            StoreError: there is a folder of that name, but it is not that entry.
        """
        path = self.path(node, fingerprint)
        if not path.exists():
            return None
        entry = _read(path)
        if entry.manifest.fingerprint != fingerprint or entry.manifest.node != node:
            raise StoreError(f"{path} is another result under the same name", hint=f"remove it: rm -r {path}")
        return entry

    def path(self, node: str, fingerprint: str) -> Path:
        """Where the entry is, or will be."""
        return self.root / _name(node, fingerprint)

    def partial(self, node: str, fingerprint: str) -> Partial | None:
        """What there is of unfinished work on an entry."""
        path = self.root / ".partial" / _name(node, fingerprint)
        return self._partial(path) if path.is_dir() else None

    def entries(self) -> list[Entry]:
        """All published entries, oldest first; folders that are none are passed over."""
        found: list[Entry] = []
        for path in _entry_folders(self.root):
            with contextlib.suppress(StoreError):
                found.append(_read(path))
        return sorted(found, key=lambda e: e.manifest.started)

    def partials(self) -> list[Partial]:
        """All unfinished work, least recently touched first."""
        paths = sorted(_entry_folders(self.root / ".partial"), key=last_sign_of_life)
        return [self._partial(p) for p in paths]

    @contextlib.contextmanager
    def claim(
        self, node: str, fingerprint: str, on_wait: Callable[[lock.Holder], None] | None = None
    ) -> Iterator[Claim]:
        """Hold an entry's lock, waiting for it if need be; `on_wait` is called once, with who has it.

        Who waited should look first whether the entry has been published in the meantime.

        Raises:
            StoreError: the store cannot be written.
        """
        name = _name(node, fingerprint)
        path = self.root / ".partial" / name
        with writing(self.root):
            lock_fd = lock.acquire(self.root / ".locks" / name, on_wait)
        try:
            with writing(self.root):
                path.mkdir(parents=True, exist_ok=True)
                lock.sign(lock_fd, os.getpid())
            yield Claim(path, lock_fd)
        finally:
            with contextlib.suppress(OSError):
                path.rmdir()  # nothing was done in it
            # Only closed, never unlocked: unlocking would take the lock from a child that still writes.
            os.close(lock_fd)

    def begin(self, claim: Claim, work: Work, *, config: str) -> Work:
        """Make a claimed entry ready for work; returns `work` with all attempts at it, the new one included.

        With a checkpoint the work goes on where it was; without one all but the log is cleared away.
        """
        with writing(self.root):
            before = self.work(claim) if _filled(claim.checkpoint) else None
            keep = {"log.txt"} if before is None else {p.name for p in claim.path.iterdir()} - {"error.json"}
            for child in claim.path.iterdir():
                if child.name not in keep:
                    _remove(child)
            attempts = [*(before.attempts if before else ()), Attempt(started=time.time())]
            work = work.model_copy(update={"attempts": attempts})
            for folder in (claim.checkpoint, claim.path / "out"):
                folder.mkdir(exist_ok=True)
            write_durably(claim.path / "config.yaml", config)
            write_durably(claim.path / "work.json", work.model_dump_json())
        return work

    def work(self, claim: Claim) -> Work | None:
        """What is known of a claimed entry, none of its attempts being under way; None if there was none."""
        if work := _read_work(claim.path):
            last = work.attempts[-1]
            last.ended = last.ended or last_sign_of_life(claim.path)
        return work

    def publish(self, claim: Claim, manifest: Manifest) -> Entry:
        """Turn a claimed, complete entry into a published one.

        Raises:
            StoreError: it cannot be written; nothing is published then, and the work is not lost.
        """
        with writing(self.root):
            write_durably(claim.path / "manifest.json", manifest.model_dump_json(indent=1))
        return self.finish(claim)

    def finish(self, claim: Claim) -> Entry:
        """Publish an entry whose manifest is written: all of `publish` that a kill can interrupt.

        The manifest goes first and the checkpoint last, so that a kill in between costs nothing.
        """
        manifest = _read(claim.path).manifest
        final = self.path(manifest.node, manifest.fingerprint)
        with writing(self.root):
            for name in ("checkpoint", "work.json", "spec.json", "result.json", "error.json"):
                _remove(claim.path / name)
            for file in claim.path.rglob("*"):
                if not file.is_symlink():
                    _fsync(file)
            _fsync(claim.path)
            claim.path.rename(final)
            _fsync(self.root)
        return Entry(final, manifest)

    def garbage(self, keep: Iterable[str], *, partials_older_than_s: float) -> list[Garbage]:
        """What may go: entries that none of the fingerprints `keep` comes from, and stale unfinished work."""
        reachable = self._reachable(keep)
        good = {e.path: e.manifest.fingerprint for e in self.entries()}
        found = [
            Garbage(path, "not used by the results to keep" if path in good else "unreadable", _size(path))
            for path in _entry_folders(self.root)
            if good.get(path) not in reachable
        ]
        stale = time.time() - partials_older_than_s
        found += [
            Garbage(p.path, "unfinished", _size(p.path))
            for p in self.partials()
            if not p.running and last_sign_of_life(p.path) <= stale
        ]
        trash = self.root / ".trash"
        found += [Garbage(p, "left by an earlier clean-up", _size(p)) for p in _children(trash)]
        return found

    def remove(self, garbage: Iterable[Garbage]) -> int:
        """Delete what `garbage` found, except what somebody works on by now; returns the bytes freed."""
        freed = 0
        for item in garbage:
            with writing(self.root):
                trash = self.root / ".trash" / f"{item.path.name}.{os.getpid()}.{time.time_ns()}"
                trash.parent.mkdir(parents=True, exist_ok=True)
                lock_path = self.root / ".locks" / item.path.name
                lock_path.parent.mkdir(exist_ok=True)
                lock_fd = lock.try_acquire(lock_path)
                if lock_fd is None:
                    continue
                try:
                    # One rename first: a deletion that is interrupted must not leave half an entry behind.
                    item.path.rename(trash)
                    shutil.rmtree(trash)
                    freed += item.size
                    lock_path.unlink()
                finally:
                    os.close(lock_fd)
        return freed

    def _partial(self, path: Path) -> Partial:
        complete = (path / "manifest.json").exists() or (path / "result.json").exists()
        return Partial(
            path=path,
            work=_read_work(path),
            running=lock.is_held(self.root / ".locks" / path.name),
            resumable=complete or _filled(path / "checkpoint"),
        )

    def _reachable(self, roots: Iterable[str]) -> set[str]:
        by_fingerprint = {e.manifest.fingerprint: e.manifest for e in self.entries()}
        found: set[str] = set()
        todo = list(roots)
        while todo:
            fingerprint = todo.pop()
            if fingerprint not in found:
                found.add(fingerprint)
                if manifest := by_fingerprint.get(fingerprint):
                    todo += [origin.fingerprint for origin in manifest.inputs.values()]
        return found


def last_sign_of_life(path: Path) -> float:
    """When something in an unfinished entry was last written (seconds since the epoch)."""
    times = [0.0]
    for file in (path, *_children(path)):
        with contextlib.suppress(FileNotFoundError):
            times.append(file.stat().st_mtime)
    return max(times)


def _name(node: str, fingerprint: str) -> str:
    return f"{node}-{fingerprint[:16]}"


def _read(path: Path) -> Entry:
    hint = f"it is damaged or not r1cli's; remove it: rm -r {path}"
    try:
        return Entry(path, Manifest.model_validate_json((path / "manifest.json").read_bytes()))
    except OSError as e:
        raise StoreError(f"{path}: no readable manifest.json ({e.strerror})", hint=hint) from e
    except ValidationError as e:
        raise StoreError(f"{path}/manifest.json is not a manifest ({e.error_count()} errors)", hint=hint) from e


def _read_work(path: Path) -> Work | None:
    try:
        return Work.model_validate_json((path / "work.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None  # a kill at the very beginning


def _children(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        return []


def _entry_folders(path: Path) -> list[Path]:
    return [p for p in _children(path) if ENTRY_NAME.fullmatch(p.name) and p.is_dir()]


def _filled(folder: Path) -> bool:
    return bool(_children(folder))


def _size(path: Path) -> int:
    return sum(f.lstat().st_size for f in path.rglob("*") if f.is_file())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_durably(path: Path, text: str) -> None:
    """Write a file whole or not at all, whatever happens meanwhile."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    part.replace(path)


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turn what the operating system says about a folder into one error that a person can act on."""
    try:
        yield
    except OSError as e:
        hint = "check its permissions, or move the store with paths.store="
        if e.errno in {errno.ENOSPC, errno.EDQUOT}:
            hint = "free some space (`r1 gc` lists what can go), or move the store with paths.store="
        raise StoreError(f"cannot write the store {root}: {e.strerror or e}", hint=hint) from e

"""The store: what stages made, by content; same inputs, computed once, shared by all commands and processes.

`<store>/<node>-<fp16>/`           a result: appears by one rename when it is complete, never changes afterwards
`<store>/.partial/<node>-<fp16>/`  work in progress: survives a kill; who holds the lock next goes on in it
`<store>/.locks/<node>-<fp16>`     flock: the kernel frees it when the last process that holds it is gone

What is in such a folder: records.py. What may be deleted: collect.py. How the lock's descriptor is handed to the
process that trains: lock.py.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from r1cli.errors import StoreError
from r1cli.files import children, fsync, is_filled, remove, write_durably, writing
from r1cli.store import collect, lock
from r1cli.store.collect import Garbage
from r1cli.store.records import (
    Attempt,
    Claim,
    Entry,
    Manifest,
    Partial,
    Work,
    last_sign_of_life,
    read_entry,
    read_work,
)

ENTRY_NAME = re.compile(r"(?P<node>.+)-(?P<prefix>[0-9a-f]{16})")


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
        entry = read_entry(path)
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

    def folders(self) -> list[Path]:
        """All folders that are named like a published entry, whatever is in them."""
        return _entry_folders(self.root)

    def entries(self) -> list[Entry]:
        """All published entries, oldest first; folders that are none are passed over."""
        found: list[Entry] = []
        for path in self.folders():
            with contextlib.suppress(StoreError):
                found.append(read_entry(path))
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
            before = self.work(claim) if is_filled(claim.checkpoint) else None
            keep = {"log.txt"} if before is None else {p.name for p in claim.path.iterdir()} - {"error.json"}
            for child in claim.path.iterdir():
                if child.name not in keep:
                    remove(child)
            attempts = [*(before.attempts if before else ()), Attempt(started=time.time())]
            work = work.model_copy(update={"attempts": attempts})
            for folder in (claim.checkpoint, claim.path / "out"):
                folder.mkdir(exist_ok=True)
            write_durably(claim.path / "config.yaml", config)
            write_durably(claim.path / "work.json", work.model_dump_json())
        return work

    def work(self, claim: Claim) -> Work | None:
        """What is known of a claimed entry, none of its attempts being under way; None if there was none."""
        if work := read_work(claim.path):
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
        manifest = read_entry(claim.path).manifest
        final = self.path(manifest.node, manifest.fingerprint)
        with writing(self.root):
            for name in ("checkpoint", "work.json", "spec.json", "result.json", "error.json"):
                remove(claim.path / name)
            for file in claim.path.rglob("*"):
                if not file.is_symlink():
                    fsync(file)
            fsync(claim.path)
            claim.path.rename(final)
            fsync(self.root)
        return Entry(final, manifest)

    def garbage(self, keep: Iterable[str], *, partials_older_than_s: float) -> list[Garbage]:
        """What may go: entries that none of the fingerprints `keep` comes from, and stale unfinished work."""
        return collect.find(self, keep, partials_older_than_s=partials_older_than_s)

    def remove(self, found: Iterable[Garbage]) -> int:
        """Delete what `garbage` found, except what somebody works on by now; returns the bytes freed."""
        return collect.remove(self.root, found)

    def _partial(self, path: Path) -> Partial:
        complete = (path / "manifest.json").exists() or (path / "result.json").exists()
        return Partial(
            path=path,
            work=read_work(path),
            running=lock.is_held(self.root / ".locks" / path.name),
            resumable=complete or is_filled(path / "checkpoint"),
        )


def _name(node: str, fingerprint: str) -> str:
    return f"{node}-{fingerprint[:16]}"


def _entry_folders(path: Path) -> list[Path]:
    return [p for p in children(path) if ENTRY_NAME.fullmatch(p.name) and p.is_dir()]

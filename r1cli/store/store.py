"""The store: what stages made, by content; the same inputs are computed once, shared by all commands and processes.

`<store>/<node>-<fp16>/`           a result: appears by one rename, has a manifest, never changes afterwards
`<store>/.partial/<node>-<fp16>/`  work in progress: survives a kill; the next process with the lock resumes it
`<store>/.locks/<node>-<fp16>`     flock: the kernel frees it when the last process that holds it is gone

An entry is complete exactly when its folder, manifest and all, lies directly in the store.

What is in such a folder: r1cli.layout and records.py. How it is written: lease.py. What may be deleted: collect.py.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from r1cli.errors import StoreError
from r1cli.files import children, is_filled, writing
from r1cli.layout import CHECKPOINT, LOCKS, MANIFEST, PARTIAL, RESULT, entry_name
from r1cli.store import lock
from r1cli.store.lease import Lease
from r1cli.store.own import check_folders, check_work
from r1cli.store.records import Damaged, Entry, Partial, PartialState, last_sign_of_life, read_manifest, read_work
from r1cli.text import rm_command

ENTRY_NAME = re.compile(r"(?P<node>.+)-(?P<prefix>[0-9a-f]{16})")


class Store:
    """Entries below one folder."""

    def __init__(self, root: Path) -> None:
        # Absolute: workers and manifests must find it whatever the current directory is.
        self.root = root.expanduser().absolute()
        check_folders(self.root)

    def path(self, node: str, fingerprint: str) -> Path:
        """Where the entry is, or will be."""
        return self.root / entry_name(node, fingerprint)

    def get(self, node: str, fingerprint: str) -> Entry | None:
        """The published entry, if there is one.

        Raises:
            StoreError: there is a folder of that name, but it is not that entry, or what it made is missing.
        """
        path = self.path(node, fingerprint)
        if not path.exists():
            return None
        entry = Entry(path, read_manifest(path))
        if entry.manifest.fingerprint != fingerprint or entry.manifest.node != node:
            raise StoreError(f"{path} is another result under the same name", hint=f"remove it: {rm_command(path)}")
        _check_artifacts(entry)
        return entry

    def entries(self) -> list[Entry]:
        """All published entries, oldest first; folders that are none are passed over."""
        entries: list[Entry] = []
        for path in self.folders():
            with contextlib.suppress(StoreError):
                entries.append(Entry(path, read_manifest(path)))
        return sorted(entries, key=lambda e: e.manifest.started)

    def damaged(self) -> list[Damaged]:
        """Folders that are named like an entry but hold no usable one."""
        damaged: list[Damaged] = []
        for path in self.folders():
            try:
                _check_artifacts(Entry(path, read_manifest(path)))
            except StoreError as e:
                damaged.append(Damaged(path, e.message))
        return damaged

    def folders(self) -> list[Path]:
        """All folders that are named like a published entry, whatever is in them."""
        return _entry_folders(self.root)

    def partial(self, node: str, fingerprint: str) -> Partial | None:
        """Unfinished work on an entry, if there is any."""
        path = self.root / PARTIAL / entry_name(node, fingerprint)
        return self._partial(path) if path.is_dir() else None

    def partials(self) -> list[Partial]:
        """All unfinished work, least recently touched first."""
        paths = sorted(_entry_folders(self.root / PARTIAL), key=last_sign_of_life)
        return [self._partial(p) for p in paths]

    @contextlib.contextmanager
    def lease(
        self, node: str, fingerprint: str, on_wait: Callable[[lock.Holder], None] | None = None
    ) -> Iterator[Lease]:
        """Hold an entry's lock, waiting for it if necessary; `on_wait` is called once, with the current holder.

        After waiting, check first whether the other process has published the entry.

        Raises:
            StoreError: the store cannot be written.
        """
        name = entry_name(node, fingerprint)
        path = self.root / PARTIAL / name
        with writing(self.root):
            lock_fd = lock.acquire(self.root / LOCKS / name, on_wait)
        try:
            with writing(self.root):
                path.mkdir(parents=True, exist_ok=True)
                lock.sign(lock_fd, os.getpid())
            check_work(path)
            yield Lease(path, self.root / name, lock_fd)
        finally:
            with contextlib.suppress(OSError):
                path.rmdir()  # nothing was done in it
            # Only closed, never unlocked: unlocking would take the lock from a child that still writes.
            os.close(lock_fd)

    def _partial(self, path: Path) -> Partial:
        returned = (path / MANIFEST).exists() or (path / RESULT).exists()
        state: PartialState = "stopped"
        if lock.is_held(self.root / LOCKS / path.name):
            state = "running"
        elif returned or is_filled(path / CHECKPOINT):
            state = "resumable"
        return Partial(path, read_work(path), state)


def keep_private(root: Path) -> None:
    """Shut a store to all but its owner, and with it what this process and its children write from now on.

    Raises:
        StoreError: it cannot be written, or is somebody else's.
    """
    os.umask(0o077)
    with writing(root):
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)


def _check_artifacts(entry: Entry) -> None:
    """Make sure that everything an entry made is still there.

    Raises:
        StoreError: something is missing.
    """
    for made in entry.manifest.artifacts.values():
        hint = f"remove it, and it is made again: {rm_command(entry.path)}"
        try:
            is_there = (entry.path / made.path).exists()
        except OSError as e:  # a loop of links; a name that no file can have
            raise StoreError(f"{entry.path}: {made.path[:200]}: {e.strerror}", hint=hint) from e
        if not is_there:
            raise StoreError(f"{entry.path}: {made.path} is missing", hint=hint)


def _entry_folders(path: Path) -> list[Path]:
    return [p for p in children(path) if ENTRY_NAME.fullmatch(p.name) and p.is_dir()]

"""What may be deleted from a store, and how: `r1 gc`.

An entry stays as long as a result that is to be kept comes from it, over however many stages. Unfinished work stays
while somebody works on it, and some days longer.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.files import children, size, writing
from r1cli.store import lock
from r1cli.store.records import Entry, last_sign_of_life

if TYPE_CHECKING:
    from r1cli.store.store import Store


@dataclass(frozen=True)
class Garbage:
    """Something that may go."""

    path: Path
    why: str
    size: int
    """Bytes."""


def find(store: Store, keep: Iterable[str], *, partials_older_than_s: float) -> list[Garbage]:
    """Entries that none of the fingerprints `keep` comes from, and stale unfinished work."""
    entries = store.entries()
    reachable = _reachable(entries, keep)
    good = {e.path: e.manifest.fingerprint for e in entries}
    found = [
        Garbage(path, "not used by the results to keep" if path in good else "unreadable", size(path))
        for path in store.folders()
        if good.get(path) not in reachable
    ]
    stale = time.time() - partials_older_than_s
    found += [
        Garbage(p.path, "unfinished", size(p.path))
        for p in store.partials()
        if not p.running and last_sign_of_life(p.path) <= stale
    ]
    found += [Garbage(p, "left by an earlier clean-up", size(p)) for p in children(store.root / ".trash")]
    return found


def remove(root: Path, garbage: Iterable[Garbage]) -> int:
    """Delete what `find` found, except what somebody works on by now; returns the bytes freed."""
    freed = 0
    for item in garbage:
        with writing(root):
            trash = root / ".trash" / f"{item.path.name}.{os.getpid()}.{time.time_ns()}"
            trash.parent.mkdir(parents=True, exist_ok=True)
            lock_path = root / ".locks" / item.path.name
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


def _reachable(entries: Iterable[Entry], roots: Iterable[str]) -> set[str]:
    by_fingerprint = {e.manifest.fingerprint: e.manifest for e in entries}
    found: set[str] = set()
    todo = list(roots)
    while todo:
        fingerprint = todo.pop()
        if fingerprint not in found:
            found.add(fingerprint)
            if manifest := by_fingerprint.get(fingerprint):
                todo += [origin.fingerprint for origin in manifest.inputs.values()]
    return found

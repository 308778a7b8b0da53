"""What may be deleted from a store, and how: `r1 gc`.

An entry stays as long as a result to keep depends on it, directly or through other stages. Unfinished work stays while
a process works on it, and some days longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from r1cli.files import children, remove, size, writing
from r1cli.layout import LOCKS, TRASH
from r1cli.store import lock
from r1cli.store.records import last_sign_of_life, with_ancestors
from r1cli.store.store import Store


@dataclass(frozen=True)
class Garbage:
    """Something that may be deleted."""

    path: Path
    why: str
    size: int
    """Bytes."""


def garbage(store: Store, keep: Iterable[str], *, partials_older_than_s: float) -> list[Garbage]:
    """Entries that none of the fingerprints `keep` depends on, and stale unfinished work."""
    entries = store.entries()
    kept = with_ancestors(entries, keep)
    fingerprints = {e.path: e.manifest.fingerprint for e in entries}
    may_go: list[Garbage] = []
    for path in store.folders():
        if path not in fingerprints:
            may_go.append(Garbage(path, "unreadable", size(path)))
        elif fingerprints[path] not in kept:
            may_go.append(Garbage(path, "not used by the results to keep", size(path)))
    stale = time.time() - partials_older_than_s
    abandoned = [p for p in store.partials() if not p.running and last_sign_of_life(p.path) <= stale]
    may_go += [Garbage(p.path, "unfinished", size(p.path)) for p in abandoned]
    may_go += [Garbage(p, "left by an earlier clean-up", size(p)) for p in children(store.root / TRASH)]
    return may_go


def delete(store: Store, items: Iterable[Garbage]) -> int:
    """Delete what `garbage` listed, except entries that a process works on by now; returns the bytes freed.

    Raises:
        StoreError: the store cannot be written.
    """
    freed = 0
    with writing(store.root):
        for item in items:
            freed += _delete(store.root, item)
    return freed


def _delete(root: Path, item: Garbage) -> int:
    trash = root / TRASH / f"{item.path.name}.{os.getpid()}.{time.time_ns()}"
    trash.parent.mkdir(parents=True, exist_ok=True)
    lock_path = root / LOCKS / item.path.name
    lock_path.parent.mkdir(exist_ok=True)
    lock_fd = lock.try_acquire(lock_path)
    if lock_fd is None:
        return 0
    try:
        # One rename first: a deletion that is interrupted must not leave half an entry behind.
        item.path.rename(trash)
        remove(trash)
    except FileNotFoundError:
        return 0  # published, or deleted by another clean-up, since it was listed
    finally:
        lock_path.unlink(missing_ok=True)
        os.close(lock_fd)
    return item.size

"""What is in a store, and where its logs are: `r1 status` and `r1 logs`. Needs nothing but the store's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from r1cli.errors import StoreError
from r1cli.store.records import Partial, last_sign_of_life
from r1cli.store.store import Store


@dataclass(frozen=True)
class StatusRow:
    """One result, or one piece of unfinished work, in the store."""

    node: str
    kind: str
    fingerprint: str
    state: Literal["stored", "running", "resumable", "stopped"]
    """stopped: unfinished, with no checkpoint to resume from."""
    seconds: float | None
    """Of all the work on it; of unfinished work from its beginning to its last sign of life."""
    path: str


def status(store_folder: Path) -> list[StatusRow]:
    """All results and all unfinished work of a store, oldest first, what is unfinished last."""
    store = Store(store_folder)
    stored = [
        StatusRow(m.node, m.kind, m.fingerprint, "stored", m.seconds, str(e.path))
        for e in store.entries()
        for m in [e.manifest]
    ]
    return stored + [_partial_row(p) for p in store.partials()]


def log_path(store_folder: Path, node: str) -> Path:
    """The newest log of a node, of a result or of unfinished work.

    Raises:
        StoreError: the node has none in this store.
    """
    store = Store(store_folder)
    folders = [(e.manifest.node, e.path) for e in store.entries()] + [(p.node, p.path) for p in store.partials()]
    logs = [log for name, path in folders if name == node and (log := path / "log.txt").exists()]
    if not logs:
        known = ", ".join(sorted({name for name, _ in folders})) or "none yet"
        raise StoreError(f"no log of '{node}' in {store.root}", hint=f"nodes with a log: {known}")
    return max(logs, key=lambda p: p.stat().st_mtime)


def _partial_row(partial: Partial) -> StatusRow:
    state: Literal["running", "resumable", "stopped"] = "resumable" if partial.resumable else "stopped"
    work = partial.work
    return StatusRow(
        node=partial.node,
        kind=work.kind if work else "",
        fingerprint=partial.fingerprint,
        state="running" if partial.running else state,
        seconds=max(0.0, last_sign_of_life(partial.path) - work.attempts[0].started) if work else None,
        path=str(partial.path),
    )

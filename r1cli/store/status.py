"""What is in a store, and where its logs are: `r1 status` and `r1 logs`. Needs nothing but the store's folder."""

from __future__ import annotations

from pathlib import Path

from r1cli.errors import StoreError
from r1cli.files import is_own_file
from r1cli.layout import LOG
from r1cli.store.records import Damaged, Entry, Partial
from r1cli.store.store import Store


def status(store_folder: Path, *, verify: bool = False) -> list[Entry | Partial | Damaged]:
    """All results of a store, oldest first; then what is damaged; then unfinished work.

    With `verify` every file of every result is read and compared with its checksum.
    """
    store = Store(store_folder)
    damaged = store.damaged()
    paths = {result.path for result in damaged}
    intact = [entry for entry in store.entries() if entry.path not in paths]
    if verify:
        rotten = {entry.path: reason for entry in intact if (reason := _rotten(entry))}
        damaged += [Damaged(path, reason) for path, reason in rotten.items()]
        intact = [entry for entry in intact if entry.path not in rotten]
    return [*intact, *damaged, *store.partials()]


def _rotten(entry: Entry) -> str:
    """Which file of a result is not what was published; empty if all are."""
    try:
        entry.verify(records=True)
    except StoreError as e:
        return e.message
    return ""


def log_path(store_folder: Path, node: str) -> Path:
    """The newest log of a node, of a result or of unfinished work.

    Raises:
        StoreError: the node has none in this store.
    """
    store = Store(store_folder)
    known: list[Entry | Partial] = [*store.entries(), *store.partials()]
    logs = [work.path / LOG for work in known if work.node == node and is_own_file(work.path / LOG)]
    if not logs:
        nodes = ", ".join(sorted({work.node for work in known})) or "none yet"
        raise StoreError(f"no log of '{node}' in {store.root}", hint=f"nodes with a log: {nodes}")
    return max(logs, key=lambda path: path.stat().st_mtime)

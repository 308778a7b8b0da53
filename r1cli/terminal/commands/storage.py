"""`r1 status`, `logs`, `gc` and `doctor`: what the store holds, and what this machine has. None of them loads torch."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from r1cli.terminal.options import Json, Overrides
from r1cli.text import rm_command, seconds, size

if TYPE_CHECKING:
    from r1cli.store.records import Damaged, Entry, Partial

LOG_POLL_S = 0.5
"""Between two looks at a growing log."""
DAY_S = 86400.0

commands = typer.Typer()


@commands.command()
def status(
    overrides: Overrides = None,
    json: Json = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read every result, compare it with its checksums.")] = False,
) -> None:
    """List what the store holds: finished results, and stages that run or were interrupted.

    [cyan]r1 status paths.store=outputs/store[/] · [cyan]r1 status --verify[/]
    """
    from r1cli.config.hydra import store_of
    from r1cli.errors import StoreError
    from r1cli.store.records import Damaged
    from r1cli.store.status import status as status_of

    store = store_of(overrides or [])
    rows = status_of(store, verify=verify)
    _list(store, rows, json=json)
    damaged = [row for row in rows if isinstance(row, Damaged)]
    if verify and damaged:
        message = f"{len(damaged)} damaged: {'; '.join(row.reason for row in damaged)}"
        hint = f"remove what is damaged, and it is made again: {rm_command(*(row.path for row in damaged))}"
        raise StoreError(message, hint=hint)


def _list(store: Path, rows: Sequence[Entry | Partial | Damaged], *, json: bool) -> None:
    from r1cli.terminal import console

    keys = ("node", "kind", "fingerprint", "state", "seconds", "path")
    jobs = _queued(store)
    if json:
        plain = [{key: getattr(row, key) for key in keys} | {"path": str(row.path)} for row in rows]
        return console.as_json([*plain, *jobs])
    listed: list[dict[str, Any]] = [
        {
            "node": row.node,
            "kind": row.kind,
            "fingerprint": row.fingerprint[:16],
            "state": row.state,
            "seconds": seconds(row.seconds),
        }
        for row in rows
    ]
    listed += [{key: job[key] or "" for key in keys[:-1]} for job in jobs]
    return console.listing(listed, empty=f"nothing in {store} yet: try r1 run")


def _queued(store: Path) -> list[dict[str, Any]]:
    """The jobs of the cluster that have not ended, with the keys of results."""
    from r1cli.cluster.queue import queued

    return [
        {
            "node": f"job {job.job.id}",
            "kind": job.job.name,
            "fingerprint": "",
            "state": job.state,
            "seconds": None,
            "path": str(job.log),
        }
        for job in queued(store)
    ]


@commands.command()
def logs(
    node: Annotated[str, typer.Argument(metavar="NODE")],
    overrides: Overrides = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing while the stage runs.")] = False,
) -> None:
    """Print the newest log of a node; with the number of a cluster's job, what that printed.

    [cyan]r1 logs reasoning_rl -f[/] · [cyan]r1 logs 4711[/]
    """
    from r1cli.cluster.queue import job_log
    from r1cli.config.hydra import store_of
    from r1cli.store.status import log_path
    from r1cli.terminal import console

    store = store_of(overrides or [])
    path = job_log(store, node) if node.isdigit() else log_path(store, node)
    pieces = _growing(path) if follow else [path.read_text("utf-8", errors="replace")]
    for piece in pieces:
        console.text(console.escaped(piece, lines=True))


@commands.command()
def gc(
    overrides: Overrides = None,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete them; without this they are only listed.")] = False,
    keep: Annotated[int, typer.Option(help="Newest runs of each recipe or stage whose results stay.", min=0)] = 3,
    days: Annotated[float, typer.Option(help="Unfinished work younger than this stays.", min=0)] = 7,
) -> None:
    """List results no recent run uses; --yes deletes them.

    [cyan]r1 gc[/] · [cyan]r1 gc --yes --keep 1[/]
    """
    from r1cli.config.hydra import store_of
    from r1cli.store import collect
    from r1cli.store.store import Store
    from r1cli.terminal import console

    store = Store(store_of(overrides or []))
    unused = collect.garbage(store, _used_by_newest_runs(store.root, keep), partials_older_than_s=days * DAY_S)
    if yes:
        freed = collect.delete(store, unused)
        console.note(f"{size(freed)} freed")
    if json:
        return console.as_json([{"path": str(entry.path), "why": entry.why, "bytes": entry.size} for entry in unused])
    rows: list[dict[str, Any]] = [
        {"entry": entry.path.name, "why": entry.why, "size": size(entry.size)} for entry in unused
    ]
    console.listing(rows, empty="nothing to delete")
    if unused and not yes:
        console.note(f"{size(sum(entry.size for entry in unused))} in all; r1 gc --yes deletes it")
    return None


@commands.command()
def doctor(overrides: Overrides = None, json: Json = False) -> None:
    """Check this machine: cores, memory, free space, GPUs, versions, W&B login."""
    from r1cli.config.hydra import store_of
    from r1cli.engine.doctor import examine
    from r1cli.terminal import console

    rows = examine(store_of(overrides or []))
    if json:
        return console.as_json(rows)
    return console.listing(rows)


def _used_by_newest_runs(store: Path, keep: int) -> list[str]:
    """Fingerprints of all nodes of the newest `keep` runs of each recipe or stage."""
    from r1cli.store import history

    seen: Counter[str] = Counter()
    fingerprints: list[str] = []
    for past in history.recent(store):  # newest first
        seen[past.name] += 1
        if seen[past.name] <= keep:
            fingerprints += past.nodes.values()
    return fingerprints


def _growing(path: Path) -> Iterator[str]:
    """A log as it grows, until its folder is published (that is, moved) or abandoned."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            piece = file.read()
            if piece:
                yield piece
            elif ".partial" not in path.parts or not path.exists():
                return
            else:
                time.sleep(LOG_POLL_S)

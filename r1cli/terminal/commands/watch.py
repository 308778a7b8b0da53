"""`r1 watch`: what runs, live, from another terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import Json, Overrides

ASK_EVERY_S = 10.0
"""Between two questions to the cluster's queue."""

commands = typer.Typer()


@commands.command()
def watch(
    overrides: Overrides = None,
    json: Json = False,
    once: Annotated[bool, typer.Option("--once", help="Print the state once and exit.")] = False,
) -> None:
    """Watch what runs in the store: progress, reward, the last completion, every second. q or Ctrl-C quits.

    [cyan]r1 watch[/] · [cyan]r1 watch paths.store=outputs/store[/] · [cyan]r1 watch --json[/]
    """
    from r1cli.cluster.queue import queued
    from r1cli.config.hydra import store_of
    from r1cli.store.live import Watcher
    from r1cli.store.store import Store
    from r1cli.terminal import console
    from r1cli.terminal.views import watch as views

    watcher = Watcher(Store(store_of(overrides or [])))
    store = str(watcher.store.root)
    jobs = [job.line for job in queued(watcher.store.root)]
    if json:
        return console.as_json({"store": store, **asdict(watcher.look()), "jobs": jobs})
    if once or not sys.stdout.isatty():
        return views.once(watcher.look(), store, jobs)
    return views.live(watcher.look, store, _asked_seldom(watcher.store.root))


def _asked_seldom(store: Path) -> Callable[[], Sequence[str]]:
    """What is queued on the cluster, asked anew after some seconds: SLURM answers for everybody."""
    from r1cli.cluster.queue import queued

    known: list[str] = []
    asked = -ASK_EVERY_S

    def lines() -> Sequence[str]:
        nonlocal known, asked
        if time.monotonic() - asked >= ASK_EVERY_S:
            known, asked = [job.line for job in queued(store)], time.monotonic()
        return known

    return lines

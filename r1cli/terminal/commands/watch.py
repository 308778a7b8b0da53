"""`r1 watch`: what runs, live, from another terminal."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from r1cli.terminal.options import Json, Overrides

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
    from r1cli.config.hydra import store_of
    from r1cli.store.live import Watcher
    from r1cli.store.store import Store
    from r1cli.terminal import console
    from r1cli.terminal.views import watch as views

    watcher = Watcher(Store(store_of(overrides or [])))
    store = str(watcher.store.root)
    if json:
        return console.as_json({"store": store, **asdict(watcher.look())})
    if once or not sys.stdout.isatty():
        return views.once(watcher.look(), store)
    return views.live(watcher.look, store)

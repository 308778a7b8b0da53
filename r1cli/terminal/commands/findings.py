"""`r1 findings`: the paper's claims, and which of them hold for what is in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import ConfigDir, Json, names_and_keys

commands = typer.Typer()


@commands.command()
def findings(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="FINDING", help="Claims (rl_alone, coverage), paths.store=FOLDER.", show_default=False),
    ] = None,
    *,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """The paper's findings, each a claim held against the store: holds, does not hold, cannot tell, or not run.

    [cyan]r1 findings[/] · [cyan]r1 findings rl_alone languages --json[/] · [cyan]r1 findings paths.store=FOLDER[/]

    [cyan]r1 run -m experiment=findings_quick[/] trains what the first of them need, experiment=findings what all do.
    """
    from r1cli.config.hydra import store_of
    from r1cli.results.claims import findings as claims
    from r1cli.results.claims.wording import as_json
    from r1cli.store.store import Store
    from r1cli.terminal import console
    from r1cli.terminal.views import findings as view

    names, keys = names_and_keys(words or [])
    store = Store(store_of(keys))
    # All claims are judged, whatever is shown: the correction goes by all of them.
    found = claims.chosen(claims.of_store(store, [Path(config_dir)] if config_dir else []), names)
    if json:
        return console.as_json([as_json(finding) for finding in found])
    return view.findings(found)

"""`r1 explain`: every value of a stage beside the paper's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import ConfigDir, Json, Overrides

commands = typer.Typer()


@commands.command()
def explain(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="As r1 ls stages names it.")],
    overrides: Overrides = None,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """Show where each value of a stage comes from: the paper, the paper's value scaled down, or ours.

    [cyan]r1 explain reasoning_rl[/] · [cyan]r1 explain r1_zero scale=single_gpu[/] ·
    [cyan]r1 explain evaluate --json[/]
    """
    from r1cli.config import provenance
    from r1cli.terminal import console
    from r1cli.terminal.views.provenance import provenance as print_table

    values = provenance.of(stage, overrides or [], folders=[Path(config_dir)] if config_dir else [])
    if json:
        return console.as_json([asdict(value) for value in values])
    return print_table(values)

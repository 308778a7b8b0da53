"""`r1 fetch`: weights and data of a command onto this disk, before it runs where there is no network."""

from __future__ import annotations

from pathlib import Path

import typer

from r1cli.terminal.options import ConfigDir, Json, Overrides

commands = typer.Typer()


@commands.command()
def fetch(overrides: Overrides = None, json: Json = False, config_dir: ConfigDir = None) -> None:
    """Get what a command would get from the hub, by commit: models, and data sets without a file under paths.data.

    Set HF_HOME to a folder that all machines see; then HF_HUB_OFFLINE=1 keeps the run itself off the network. With the
    commits that are printed (model.revision=) the run means the same for ever.

    [cyan]r1 fetch model=qwen2.5-1.5b task=gsm8k[/] ·
    [cyan]HF_HOME=/shared/hf r1 fetch stage=coldstart model=qwen3-1.7b[/]
    """
    from r1cli.config.build import build
    from r1cli.config.hydra import command_of
    from r1cli.publish.fetching import fetched
    from r1cli.terminal import console

    lines = overrides or []
    found = fetched(build(command_of(lines), lines, [Path(config_dir)] if config_dir else []))
    if json:
        return console.as_json(found)
    return console.listing(found, empty="nothing comes from outside")

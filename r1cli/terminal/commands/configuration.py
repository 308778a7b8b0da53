"""`r1 ls` and `r1 show`: what can be chosen, and the configuration that a choice leads to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import ConfigDir, Json, Overrides

commands = typer.Typer()


class Listing(StrEnum):
    """What `r1 ls` lists."""

    recipes = "recipes"
    stages = "stages"
    models = "models"
    tasks = "tasks"
    rewards = "rewards"
    scales = "scales"
    data = "data"
    hardware = "hardware"
    algorithms = "algorithms"
    experiments = "experiments"
    benchmarks = "benchmarks"
    suites = "suites"
    generators = "generators"
    prices = "prices"

    @property
    def group(self) -> str:
        """The folder of conf/."""
        return self.value if self is Listing.prices else self.value.removesuffix("s")


@commands.command("ls")
def list_options(what: Listing, json: Json = False) -> None:
    """List the options of a group, with one line about each.

    [cyan]r1 ls recipes[/]
    """
    from r1cli.config.catalogue import options
    from r1cli.terminal import console

    rows = [{"name": name, "help": line} for name, line in options(what.group).items()]
    if json:
        return console.as_json(rows)
    return console.listing(rows)


@commands.command()
def show(
    node: Annotated[str, typer.Argument(metavar="NODE", help="As r1 plan names it.")],
    overrides: Overrides = None,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """Print the whole configuration of one node, every reference resolved except to environment variables.

    [cyan]r1 show reasoning_rl[/] · [cyan]r1 show coldstart scale=paper[/]
    """
    from r1cli.config.show import node_config
    from r1cli.terminal import console

    config = node_config(node, overrides or [], [Path(config_dir)] if config_dir else [])
    if json:
        return console.as_json(config)
    import yaml

    return console.text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=110))

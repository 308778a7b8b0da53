"""`r1 plan`: the graph of a recipe, and what `r1 run` would do with each node."""

from __future__ import annotations

from pathlib import Path

import typer

from r1cli.terminal.options import ConfigDir, Json, Overrides

commands = typer.Typer()


@commands.command()
def plan(overrides: Overrides = None, json: Json = False, config_dir: ConfigDir = None) -> None:
    """Draw the graph: what r1 run (with stage=, r1 train) would reuse or make, why, and what that would take.

    [cyan]r1 plan[/] · [cyan]r1 plan recipe=distill[/] · [cyan]r1 plan stage=coldstart trainer.learning_rate=1e-4[/]
    """
    from r1cli.config.build import build_from
    from r1cli.config.hydra import command_of, compose, hydra_ready
    from r1cli.engine.plan import plan as plan_of
    from r1cli.terminal import bills, console
    from r1cli.terminal.views.plan import print_plan

    lines = overrides or []
    with hydra_ready():
        composed = compose(command_of(lines), lines, folders=[Path(config_dir)] if config_dir else [])
        job = build_from(composed)
        rows = plan_of(job)
        if json:
            return console.as_json([row.to_json() for row in rows])
        print_plan(rows)
        return bills.say(composed, job)

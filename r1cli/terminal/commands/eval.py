"""`r1 eval`: a model, a server or recorded replies, on the benchmarks of a suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import ConfigDir, DryRun, HydraCommand, Json, Overrides

commands = typer.Typer()


@commands.command("eval", cls=HydraCommand)
def evaluate(
    overrides: Overrides = None,
    *,
    dry_run: DryRun = False,
    contamination: Annotated[
        bool, typer.Option("--contamination", help="Which rows share ten words with what task= trains on.")
    ] = False,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """Put benchmarks to one model. Completions are kept as they arrive; what is there already is not asked again.

    [cyan]r1 eval suite=laptop init=r1_zero[/] · [cyan]r1 eval benchmark=math500 init=Qwen/Qwen2.5-0.5B problems=50[/] ·
    [cyan]r1 eval suite=laptop init=r1_zero samples=1 --dry-run[/] ·
    [cyan]r1 eval benchmark=math500,gsm8k task=math --contamination[/]
    """
    from r1cli.terminal import evaluating

    folders = [Path(config_dir)] if config_dir else []
    if contamination:
        from r1cli.terminal.contaminating import show_contamination

        show_contamination(overrides or [], folders, as_json=json)
    elif dry_run:
        evaluating.show_questions(overrides or [], folders, as_json=json)
    else:
        evaluating.run_benchmarks(overrides or [], folders, as_json=json)

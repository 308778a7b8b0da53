"""`r1 report`: the store as a page that opens from disk, and as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import ConfigDir, Json, Overrides
from r1cli.text import size

if TYPE_CHECKING:
    from collections.abc import Sequence

CHOICES = frozenset({"scale", "task", "model", "reward", "data", "hardware"})
"""Choices under which provenance is looked up; the values themselves are read from the results."""

commands = typer.Typer()


@commands.command()
def report(
    overrides: Overrides = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the page and its figures/.")] = Path("report"),
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the pictures only, SVG and PNG, and no page.")
    ] = None,
    transcripts: Annotated[
        int, typer.Option(metavar="N", help="Most answers (a model's to a problem) that the page keeps.", min=0)
    ] = 1000,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """Write a page that opens without a network: stages, samples, benchmarks, curves, recipe, transcripts, provenance.

    Without overrides it shows everything in the store; with them, what `r1 run` with the same overrides would use.
    With a price list (prices=) figures have dollars, too.

    [cyan]r1 report[/] · [cyan]r1 report recipe=r1 seed=0,1,2 -o report[/] · [cyan]r1 report experiment=r1_vs_zero[/] ·
    [cyan]r1 report --figures docs/figures[/] · [cyan]r1 report prices=openai_2025_03 paths.store=outputs/store[/]
    """
    from r1cli.config.hydra import store_of
    from r1cli.config.prices import of_prices, price_list
    from r1cli.report import contents, page
    from r1cli.report import figures as pictures
    from r1cli.store.store import Store
    from r1cli.sweep import selection
    from r1cli.terminal import console

    prices = [line for line in overrides or [] if of_prices(line)]
    lines = [line for line in overrides or [] if line not in prices]
    paths = [line for line in lines if line.startswith("paths.")]
    choices = [line for line in lines if line not in paths]
    store = Store(store_of(paths))
    if not store.entries():
        raise ConfigError(f"nothing in {store.root} yet", hint="try r1 run, or say where with paths.store=")
    folders = [Path(config_dir)] if config_dir else []
    only = selection.fingerprints(lines, folders=folders) if choices else None
    listed = price_list(prices, folders=folders)
    gathered = contents.gather(store, only=only, overrides=_groups(choices), limit=transcripts, prices=listed)
    written = pictures.write(gathered, figures or out / "figures")
    if figures is None:
        written = [page.write(gathered, out), *written]
    if json:
        return console.as_json([str(path) for path in written])
    console.text(str(figures or written[0]))
    total = size(sum(path.stat().st_size for path in written))
    return console.note(f"{len(gathered.table)} models, {len(written)} files, {total}")


def _groups(overrides: Sequence[str]) -> list[str]:
    """The choices of groups that hold for all cells."""
    return [o for o in overrides if "," not in o and o.partition("=")[0].partition("@")[0] in CHOICES]

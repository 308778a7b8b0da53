"""`r1 report`: the store as a page that opens from disk, and as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import ConfigDir, Json, Overrides

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Write a page with stages, curves, trade-offs, the recipe, transcripts and provenance; it opens without a network.

    Without overrides all that the store has is shown; with them, what they choose, as `r1 run` would.

    [cyan]r1 report[/] · [cyan]r1 report recipe=r1 seed=0,1,2 -o report[/] · [cyan]r1 report experiment=r1_vs_zero[/] ·
    [cyan]r1 report --figures docs/figures[/] · [cyan]r1 report paths.store=outputs/store[/]
    """
    from r1cli.config.compose import store_of
    from r1cli.report import chosen, contents, page
    from r1cli.report import figures as pictures
    from r1cli.store.store import Store
    from r1cli.terminal import console

    lines = list(overrides or [])
    paths = [o for o in lines if o.startswith("paths.")]
    store = Store(store_of(paths))
    choices = [o for o in lines if o not in paths]
    if not store.entries():
        raise ConfigError(f"nothing in {store.root} yet", hint="try r1 run, or say where with paths.store=")
    only = chosen.fingerprints(lines, folders=[Path(config_dir)] if config_dir else []) if choices else None
    found = contents.gather(store, only=only, overrides=_groups(choices), limit=transcripts)
    written = pictures.write(found, figures or out / "figures")
    if figures is None:
        written = [page.write(found, out), *written]
    if json:
        return console.as_json([str(p) for p in written])
    console.text(str(figures or written[0]))
    return console.note(f"{len(found.scores)} models, {len(written)} files, {console.size(sum(map(_size, written)))}")


def _groups(overrides: Sequence[str]) -> list[str]:
    """Choices of scale, task and the like, under which provenance is looked up; single values the results know."""
    keys = {o: o.partition("=")[0].partition("@")[0] for o in overrides if "," not in o}
    return [o for o, key in keys.items() if key in {"scale", "task", "model", "reward", "data", "hardware"}]


def _size(path: Path) -> int:
    return path.stat().st_size

"""The commands beside training: `r1 plan`, `ls`, `show`, `status`, `logs`, `doctor` and `gc`.

A command finds out, and `display` prints it; with `--json` the same goes out as plain data. Hydra loads in those that
compose, torch in none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import ConfigDir, Json, Overrides
from r1cli.text import seconds, size

if TYPE_CHECKING:
    from r1cli.engine.job import Job

FOLLOW_S = 0.5  # between two looks at a growing log

commands = typer.Typer()


class What(StrEnum):
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

    @property
    def group(self) -> str:
        """The folder of conf/."""
        return self.value.removesuffix("s")


@commands.command()
def plan(overrides: Overrides = None, json: Json = False, config_dir: ConfigDir = None) -> None:
    """What `r1 run` (or, with stage=, `r1 train`) would do, and why a result is to be made again.

    [cyan]r1 plan[/] · [cyan]r1 plan recipe=distill[/] · [cyan]r1 plan stage=coldstart trainer.learning_rate=1e-4[/]
    """
    from r1cli.engine import plan as engine
    from r1cli.terminal import console
    from r1cli.terminal.views import plan as views

    rows = engine.plan(_job(overrides, config_dir))
    if json:
        return console.as_json([row.to_json() for row in rows])
    return views.plan(rows)


@commands.command("ls")
def list_options(what: What, json: Json = False) -> None:
    """The options of a group, with one line about each.

    [cyan]r1 ls recipes[/]
    """
    from r1cli.config.catalogue import options
    from r1cli.terminal import console

    rows = [{"name": name, "help": line} for name, line in options(what.group).items()]
    console.as_json(rows) if json else console.listing(rows)


@commands.command()
def show(
    node: Annotated[str, typer.Argument(metavar="NODE", help="As `r1 plan` names it.")],
    overrides: Overrides = None,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """The whole configuration of one node, every reference filled in.

    [cyan]r1 show reasoning_rl[/] · [cyan]r1 show coldstart scale=paper[/]
    """
    from r1cli.terminal import console

    job = _job_with(node, list(overrides or []), config_dir)
    config = job.stages[node].config()
    if json:
        return console.as_json(config)
    import yaml

    return console.text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=110))


@commands.command()
def status(overrides: Overrides = None, json: Json = False) -> None:
    """What is in the store: results, and what runs or was interrupted.

    [cyan]r1 status paths.store=outputs/store[/]
    """
    from r1cli.store import status as stored
    from r1cli.terminal import console

    keys = ("node", "kind", "fingerprint", "state", "seconds", "path")
    store = _store(overrides)
    rows: list[dict[str, Any]] = [{k: getattr(r, k) for k in keys} for r in stored.status(store)]
    for row in rows:
        row["path"] = str(row["path"])
    if json:
        return console.as_json(rows)
    for row in rows:
        row |= {"fingerprint": row["fingerprint"][:16], "seconds": seconds(row["seconds"])}
        del row["path"]
    return console.listing(rows, empty=f"nothing in {store} yet: try r1 run")


@commands.command()
def logs(
    node: Annotated[str, typer.Argument(metavar="NODE")],
    overrides: Overrides = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as long as the stage runs.")] = False,
) -> None:
    """The newest log of a node.

    [cyan]r1 logs reasoning_rl -f[/]
    """
    from r1cli.store.status import log_path
    from r1cli.terminal import console

    path = log_path(_store(overrides), node)
    for piece in _growing(path) if follow else [path.read_text("utf-8", errors="replace")]:
        console.text(piece)


@commands.command()
def doctor(overrides: Overrides = None, json: Json = False) -> None:
    """What this machine has: cores, memory, room, GPUs, versions, W&B login."""
    from r1cli.engine.doctor import examine
    from r1cli.terminal import console

    rows = examine(_store(overrides))
    console.as_json(rows) if json else console.listing(rows)


@commands.command()
def gc(
    overrides: Overrides = None,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete it; without this it is only listed.")] = False,
    keep: Annotated[int, typer.Option(help="Newest runs of each recipe or stage whose results stay.", min=0)] = 3,
    days: Annotated[float, typer.Option(help="Unfinished work stays if it is younger than this.", min=0)] = 7,
) -> None:
    """List what no recent run uses, and delete it.

    [cyan]r1 gc[/] · [cyan]r1 gc --yes --keep 1[/]
    """
    from r1cli.store import collect, history
    from r1cli.store.store import Store
    from r1cli.terminal import console

    store = Store(_store(overrides))
    kept: dict[str, int] = {}
    fingerprints: list[str] = []
    for past in history.recent(store.root):
        kept[past.name] = kept.get(past.name, 0) + 1
        if kept[past.name] <= keep:
            fingerprints += past.nodes.values()
    found = collect.garbage(store, fingerprints, partials_older_than_s=days * 86400)
    rows: list[dict[str, Any]] = [{"path": str(g.path), "why": g.why, "bytes": g.size} for g in found]
    if yes:
        freed = collect.delete(store, found)
        console.note(f"{size(freed)} freed")
    if json:
        return console.as_json(rows)
    listed = [{"entry": Path(r["path"]).name, "why": r["why"], "size": size(r["bytes"])} for r in rows]
    console.listing(listed, empty="nothing to delete")
    if rows and not yes:
        console.note(f"{size(sum(g.size for g in found))} in all; r1 gc --yes deletes it")
    return None


def _job(overrides: list[str] | None, config_dir: str | None) -> Job:
    from r1cli.config import compose

    lines = list(overrides or [])
    with compose.looking_up():
        return compose.job_from(compose.look_up(compose.command_of(lines), lines, folders=_folders(config_dir)))


def _job_with(node: str, overrides: list[str], config_dir: str | None) -> Job:
    """The job that `overrides` ask for; if nobody chose one, a job that has `node`."""
    from r1cli.config.catalogue import options
    from r1cli.engine.evaluation import evaluated_by
    from r1cli.text import did_you_mean

    chosen = any(o.startswith(("recipe=", "stage=")) for o in overrides)
    job = _job(overrides, config_dir)
    stage = evaluated_by(node)
    if node not in job.stages and not chosen and stage in options("stage", *_folders(config_dir)):
        job = _job([f"stage={stage}", *overrides], config_dir)
    if node not in job.stages:
        known = list(job.stages)
        raise ConfigError(
            f"{job.name} has no node '{node}'", hint=did_you_mean(node, known) or f"nodes: {', '.join(known)}"
        )
    return job


def _folders(config_dir: str | None) -> list[Path]:
    return [Path(config_dir)] if config_dir else []


def _store(overrides: list[str] | None) -> Path:
    from r1cli.config.compose import store_of

    return store_of(overrides or [])


def _growing(path: Path) -> Iterator[str]:
    """A log as it grows, until its folder is published (that is, moved) or abandoned."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            if piece := file.read():
                yield piece
            elif ".partial" not in path.parts or not path.exists():
                return
            else:
                time.sleep(FOLLOW_S)

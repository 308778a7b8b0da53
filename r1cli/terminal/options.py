"""Flags and arguments that several commands share, and the help of commands that compose a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

PANEL = "Hydra"
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="OVERRIDE", help="KEY=VALUE, GROUP=OPTION, +new.key=VALUE, ~key", show_default=False),
]
Multirun = Annotated[
    bool,
    typer.Option("--multirun", "-m", help="Run every combination of comma-separated values.", rich_help_panel=PANEL),
]
Cfg = Annotated[
    Literal["job", "hydra", "all"] | None,
    typer.Option(
        "--cfg", "-c", metavar="job|hydra|all", help="Print the configuration and exit.", rich_help_panel=PANEL
    ),
]
Package = Annotated[
    str | None, typer.Option("--package", "-p", help="With --cfg: only this part of it.", rich_help_panel=PANEL)
]
Resolve = Annotated[bool, typer.Option("--resolve", help="With --cfg: fill in ${...}.", rich_help_panel=PANEL)]
Info = Annotated[
    Literal["all", "config", "defaults", "defaults-tree", "plugins", "searchpath"] | None,
    typer.Option(
        "--info",
        "-i",
        metavar="WHAT",
        help="Print how the configuration is composed: defaults-tree, searchpath, ...",
        rich_help_panel=PANEL,
    ),
]
ConfigDir = Annotated[
    str | None, typer.Option("--config-dir", "-cd", help="A folder with more YAML.", rich_help_panel=PANEL)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, shared and spent.")]
Pilot = Annotated[bool, typer.Option("--pilot", help="As --dry-run, after timing a few rollouts here for the bill.")]
KEYS = """
 Every key can be set: r1 show NODE prints them, and TAB completes them once the
 completion script is installed: r1 completion --help. r1 ls prints full lines.
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def names_and_keys(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Arguments of one command, told apart: names, and KEY=VALUE. A name may hold a value too: `Dev2 language=0.1`."""
    names: list[str] = []
    keys: list[str] = []
    for word in words:
        (keys if "=" in word and " " not in word else names).append(word)
    return names, keys


class Family(TyperGroup):
    """The app. Its help starts fast: with an explicit default for --help, typer does not import pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


EVERYWHERE = "model template scale task generator hardware device cluster tracking experiment".split()
SHOWN: Mapping[str, Mapping[str, str]] = {
    "run": {
        **{name: name for name in ("recipe", *EVERYWHERE, "suite")},
        **{name: f"{name}@stages.NODE.{name}" for name in ("data", "reward")},
        "algorithm": "+algorithm@stages.NODE.trainer",
    },
    "train": {name: name for name in ("stage", "data", "reward", "algorithm", *EVERYWHERE)},
    "eval": {name: name for name in "suite benchmark generator prices model template scale hardware tracking".split()},
}
"""Command -> folder of conf/ -> what is typed before the `=` to choose from it."""


class HydraCommand(TyperCommand):
    """`r1 run`, `r1 train` and `r1 eval`: their help ends with the groups and options of GROUP=OPTION."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        from r1cli.config.catalogue import options
        from r1cli.terminal import console

        console.groups({written: options(group) for group, written in SHOWN[str(self.name)].items()})
        console.text(KEYS)

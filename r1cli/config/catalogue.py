"""The YAML files of conf/ as a person sees them: groups, their options and the `# help:` line of each.

Read from disk, most of it with the standard library alone: listings and help texts need no Hydra.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

HELP = "# help:"


def conf_dir() -> Path:
    """The folder of the YAML files: packaged as r1cli.conf, or beside the package in a checkout."""
    packaged = Path(__file__).parents[1] / "conf"
    return packaged if packaged.is_dir() else packaged.parent.parent / "conf"


def options(group: str, *folders: Path) -> dict[str, str]:
    """Option -> help line, of one group; a file whose name begins with `_` is what others build on, not an option."""
    files = {f.stem: f for folder in (conf_dir(), *folders) for f in sorted((folder / group).glob("[!_]*.yaml"))}
    return {name: help_line(f) for name, f in sorted(files.items())}


def groups() -> list[str]:
    """Names of all groups."""
    return sorted(f.name for f in conf_dir().iterdir() if f.is_dir() and any(f.glob("*.yaml")))


def help_line(file: Path) -> str:
    """What the file says of itself; empty if it says nothing."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(HELP).strip() for line in lines if line.startswith(HELP)), "")


@cache
def model_names() -> Mapping[str, str]:
    """Node -> what the paper calls its model (`coldstart` -> `Dev1`), in the order of the paper's table.

    A node that the paper does not have is not in it: show such a model under its node's name.
    """
    import yaml

    paper = yaml.safe_load((conf_dir() / "paper.yaml").read_text(encoding="utf-8"))
    return {str(node): str(name) for node, name in paper["models"].items()}

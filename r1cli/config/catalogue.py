"""The YAML files of conf/ as a person sees them: groups, their options and the `# help:` line of each.

Read from disk with the standard library alone: listings and help texts need no Hydra.
"""

from __future__ import annotations

from pathlib import Path

HELP = "# help:"


def conf_dir() -> Path:
    """The folder of the YAML files: packaged as r1cli.conf, or beside the package in a checkout."""
    packaged = Path(__file__).parents[1] / "conf"
    return packaged if packaged.is_dir() else packaged.parent.parent / "conf"


def options(group: str, *folders: Path) -> dict[str, str]:
    """Option -> help line, of one group."""
    files = {f.stem: f for folder in (conf_dir(), *folders) for f in sorted((folder / group).glob("*.yaml"))}
    return {name: help_line(f) for name, f in sorted(files.items())}


def groups() -> list[str]:
    """Names of all groups."""
    return sorted(f.name for f in conf_dir().iterdir() if f.is_dir() and any(f.glob("*.yaml")))


def help_line(file: Path) -> str:
    """What the file says of itself; empty if it says nothing."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(HELP).strip() for line in lines if line.startswith(HELP)), "")

"""Commands, flags and arguments as typer has them, and the groups of conf/: asked once, then remembered.

What an argument takes is told by its type (a `Literal`, an enum, a path) and by its metavar: NODE, FILE, DIR, the name
of a group such as STAGE, ...
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from r1cli.config.catalogue import conf_dir, groups, options
from r1cli.terminal.completion.values import HELP_LENGTH, brief, values_of

if TYPE_CHECKING:
    from r1cli.terminal.completion.shapes import Command, Line, Parameter

METAVARS = {"PATH": "file", "DIR": "folder", "NAME": "checkpoint"}
KINDS = ("override", "node", "checkpoint", "file", "folder")


def line(folder: str = "") -> Line:
    """Commands and groups; `folder` holds further YAML (`--config-dir`)."""
    import typer

    from r1cli.terminal.app import app

    folders = [Path(folder)] if folder else []
    own = {f.name for top in folders if top.is_dir() for f in top.iterdir() if any(f.glob("*.yaml"))}
    found: Any = typer.main.get_command(app)
    return {
        "commands": _commands(found),
        "groups": {group: options(group, *folders) for group in sorted({*groups(), *own})},
    }


def _commands(group: Any) -> dict[str, Command]:
    return {name: _command(c) for name, c in getattr(group, "commands", {}).items() if not c.hidden}


def _command(command: Any) -> Command:
    named = getattr(sys.modules.get(getattr(command.callback, "__module__", "")), "GROUPS", {})
    params = [p for p in command.params if not p.hidden]
    flags = {opt: _parameter(p) for p in params for opt in [*p.opts, *p.secondary_opts] if opt.startswith("-")}
    return {
        "help": command.get_short_help_str(HELP_LENGTH),
        "flags": flags,
        "arguments": [_parameter(p) for p in params if not p.opts[0].startswith("-")],
        "commands": _commands(command),
        "config": command.name if (conf_dir() / f"{command.name}.yaml").is_file() else "",
        "aliases": {name: f"{group}@{name}" for name, group in named.items() if name != group},
    }


def _parameter(param: Any) -> Parameter:
    annotation = param.type_descriptor.annotation
    many = param.nargs != 1 or get_origin(annotation) is list
    inner = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return {
        "help": brief(getattr(param, "help", None)),
        "takes": not getattr(param, "is_flag", False),
        "many": many,
        "kind": _kind(param, inner),
        "values": [v for v in values_of(inner) if v != "null"],
    }


def _kind(param: Any, annotation: Any) -> str:
    """By what the help text calls it: NODE, FILE, STAGE, ..."""
    name = (param.metavar or "").upper()
    if (kind := METAVARS.get(name, name.lower())) in {*KINDS, *groups()}:
        return kind
    if param.name.endswith("_dir"):
        return "folder"
    return "file" if annotation is Path else ""

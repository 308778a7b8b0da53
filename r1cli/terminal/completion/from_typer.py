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
    command: Any = typer.main.get_command(app)
    names = {*groups()}.union(*(groups(folder) for folder in folders if folder.is_dir()))
    return {
        "commands": _commands(command),
        "groups": {group: options(group, *folders) for group in sorted(names)},
    }


def _commands(group: Any) -> dict[str, Command]:
    return {name: _command(c) for name, c in getattr(group, "commands", {}).items() if not c.hidden}


def _command(command: Any) -> Command:
    named = getattr(sys.modules.get(getattr(command.callback, "__module__", "")), "GROUPS", {})
    flags: dict[str, Parameter] = {}
    arguments: list[Parameter] = []
    for param in command.params:
        if param.hidden:
            continue
        if param.opts[0].startswith("-"):
            flags |= dict.fromkeys([*param.opts, *param.secondary_opts], _parameter(param))
        else:
            arguments.append(_parameter(param))
    return {
        "help": command.get_short_help_str(HELP_LENGTH),
        "flags": flags,
        "arguments": arguments,
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

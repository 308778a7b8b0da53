"""What the cache holds: plain data about the command line and about the keys of a configuration."""

from __future__ import annotations

from typing import TypedDict


class Parameter(TypedDict):
    """A flag or an argument of a command."""

    help: str
    takes: bool
    """False for a switch."""
    many: bool
    kind: str
    """override, node, checkpoint, file, folder, or the group whose option is wanted; empty: nothing is known."""
    values: list[str]
    """All that it can be, where that is a short list."""


class Command(TypedDict):
    """A command, or a family of them."""

    help: str
    flags: dict[str, Parameter]
    arguments: list[Parameter]
    commands: dict[str, Command]
    config: str
    """The file of conf/ that has the command's name, if there is one: what it composes."""
    aliases: dict[str, str]
    """Groups under names of its own: `task` for `verifier@task`."""


class Line(TypedDict):
    """What the command line has, whatever is chosen."""

    commands: dict[str, Command]
    groups: dict[str, dict[str, str]]
    """Group -> option -> help."""


class Key(TypedDict):
    """A key that an override can set."""

    now: str | None
    """What stands there; None for what a person does not write on a line (mappings, lists)."""
    values: list[str]
    """What can stand there, where that is known."""
    help: str
    files: bool


class Keys(TypedDict):
    """What overrides can change in one composed configuration."""

    groups: dict[str, str | None]
    """Group as it is written on the line (`reward@stages.reasoning_rl.reward`) -> chosen option."""
    options: dict[str, list[str]]
    """Of the groups that are Hydra's own."""
    keys: dict[str, Key]
    nodes: list[str]

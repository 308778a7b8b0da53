"""Mistakes in flags and arguments, as typer finds them: told like every other mistake, in one line with one hint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer.exceptions import TyperException

from r1cli.errors import R1Error
from r1cli.text import did_you_mean


def usage_error(error: TyperException, argv: Sequence[str]) -> R1Error | None:
    """What typer complains of; None if it has printed the help, and that is all."""
    format_message = getattr(error, "format_message", None)
    text = str(error) if format_message is None else str(format_message())
    message = text.replace("Value error, ", "").partition(" Did you mean ")[0]
    if not message:
        return None
    context = getattr(error, "ctx", None)
    command = None if context is None else context.command
    return R1Error(message, hint=_suggestion(message, command) or _where_listed(command, argv))


def _suggestion(message: str, command: Any) -> str:
    """The flag, command or choice that was probably meant."""
    complaint, _, choices = message.partition(" is not one of ")
    known = re.findall(r"'([^']+)'", choices) or _names(command)
    for pattern in (r"No such \w+:? '?([^\s']+)", r"'([^']+)'$"):
        for word in re.findall(pattern, complaint):
            suggestion = did_you_mean(word.rstrip("."), known)
            if suggestion:
                return suggestion
    return ""


def _names(command: Any) -> list[str]:
    """Flags and subcommands of a command."""
    if command is None:
        return []
    flags = [option for parameter in command.params for option in parameter.opts]
    return [*flags, *getattr(command, "commands", ())]


def _where_listed(command: Any, argv: Sequence[str]) -> str:
    is_subcommand = bool(argv) and not argv[0].startswith("-") and not hasattr(command, "commands")
    return f"see r1 {argv[0]} --help" if is_subcommand else "see r1 --help"

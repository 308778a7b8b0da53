"""`r1 completion`: prints the script that makes a shell ask at TAB; r1cli/terminal/completion/ holds the scripts."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()

QUICKLY = (
    "-S -P -c 'import sys; sys.path.append(sys.argv[1]);"
    " from r1cli.terminal.completion import main; main(sys.argv[2:])'"
)
"""Arguments for Python: without `site`, and with nothing of the current folder."""


class Shell(StrEnum):
    """Shells that there is a script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


@commands.command()
def completion(shell: Annotated[Shell, typer.Argument(help="The shell to complete in.")]) -> None:
    """Print the shell completion script: it completes commands, flags, groups, options, keys and values.

    For this shell: [cyan]eval "$(r1 completion bash)"[/] · [cyan]eval "$(r1 completion zsh)"[/] ·
    [cyan]r1 completion fish | source[/]

    For every new shell, write it to a file (make missing folders with mkdir -p):

    [cyan]r1 completion bash > ~/.local/share/bash-completion/completions/r1[/]

    [cyan]r1 completion zsh > ~/.zfunc/_r1[/], and [cyan]fpath+=~/.zfunc[/] before compinit in ~/.zshrc

    [cyan]r1 completion fish > ~/.config/fish/completions/r1.fish[/]
    """
    from r1cli.terminal import console

    console.text(script(shell))


def script(shell: Shell) -> str:
    """The script, with the paths of this installation filled in."""
    package = Path(__file__).resolve().parents[2]
    places = {
        "@PROGRAM@": shlex.quote(str(Path(sys.argv[0]).absolute())),
        "@PYTHON@": shlex.quote(sys.executable),
        "@HOME@": shlex.quote(str(package.parent)),
        "@QUICKLY@": QUICKLY,
    }
    text = (package / "terminal" / "completion" / f"r1.{shell}").read_text(encoding="utf-8")
    for name, place in places.items():
        text = text.replace(name, place)
    return text

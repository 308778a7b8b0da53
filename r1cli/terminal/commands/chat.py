"""`r1 chat`: talk to a model of the store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.terminal.options import Overrides

if TYPE_CHECKING:
    from r1cli.publish.talk import ServedTalker, Talker

commands = typer.Typer()


@commands.command()
def chat(
    node: Annotated[
        str | None, typer.Argument(metavar="NODE", help="A model: r1_zero, R1, or a fingerprint.", show_default=False)
    ] = None,
    overrides: Overrides = None,
    *,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Ask this and exit.")] = None,
    temperature: Annotated[
        float | None, typer.Option(help="0: always the likeliest token. By default 0.6, or the generator's.", min=0)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
) -> None:
    """Ask a model; its thought is set apart from its answer. Each question stands alone, as in training.

    [cyan]r1 chat R1[/] · [cyan]r1 chat r1_zero -q "What is 17 + 25?"[/] · [cyan]echo "3 * 4?" | r1 chat Dev2[/] ·
    [cyan]r1 chat generator=served generator.base_url=http://localhost:8000/v1 generator.model=my-model[/]
    """
    from r1cli.terminal.views.chat import print_response

    talker = _talker(node, overrides or [])
    for number, asked in enumerate([question] if question is not None else _questions()):
        pieces = talker.pieces(asked, temperature=temperature, seed=seed + number)
        print_response(pieces, in_thought=talker.in_thought)


def _talker(node: str | None, overrides: list[str]) -> Talker | ServedTalker:
    from r1cli.config.hydra import store_of
    from r1cli.errors import ConfigError
    from r1cli.publish.entries import model_entry
    from r1cli.store.store import Store

    if node is not None and "=" in node:
        overrides = [node, *overrides]
        node = None
    if node is None:
        from r1cli.publish.talk import ServedTalker

        if not any(override.startswith("generator=") for override in overrides):
            raise ConfigError("r1 chat: which model?", hint="name one of the store (R1), or give generator=served")
        return ServedTalker(overrides)
    entry = model_entry(Store(store_of(overrides)), node)
    from r1cli.publish.talk import Talker

    return Talker(entry)


def _questions() -> Iterator[str]:
    """Line by line from the terminal, until it ends (Ctrl-D) or an empty line; or from a pipe."""
    while True:
        if sys.stdin.isatty():
            sys.stderr.write("> ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line.strip()

"""`r1 chat`: talk to a model of the store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from r1cli.terminal.options import Overrides

commands = typer.Typer()


@commands.command()
def chat(
    node: Annotated[str, typer.Argument(metavar="NODE", help="A model: r1_zero, R1, or a fingerprint.")],
    overrides: Overrides = None,
    *,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Ask this and exit.")] = None,
    temperature: Annotated[float, typer.Option(help="0: always the likeliest token.", min=0)] = 0.6,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
) -> None:
    """Ask a model; its thought is set apart from its answer. Each question stands alone, as in training.

    [cyan]r1 chat R1[/] · [cyan]r1 chat r1_zero -q "What is 17 + 25?"[/] · [cyan]echo "3 * 4?" | r1 chat Dev2[/]
    """
    from r1cli.config.hydra import store_of
    from r1cli.publish.entries import model_entry
    from r1cli.store.store import Store
    from r1cli.template import opens_thought
    from r1cli.terminal.views.chat import print_response

    store = Store(store_of(overrides or []))
    entry = model_entry(store, node)
    from r1cli.publish.talk import Talker

    talker = Talker(entry)
    for number, asked in enumerate([question] if question is not None else _questions()):
        pieces = talker.pieces(asked, temperature=temperature, seed=seed + number)
        print_response(pieces, in_thought=opens_thought(talker.template))


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

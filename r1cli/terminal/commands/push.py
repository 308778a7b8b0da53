"""`r1 push`: a model of the store to a hub, with its card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from r1cli.terminal.options import Overrides
from r1cli.text import size

commands = typer.Typer()


@commands.command()
def push(
    node: Annotated[str, typer.Argument(metavar="NODE", help="A model: r1_zero, R1, or a fingerprint.")],
    repository: Annotated[str, typer.Argument(metavar="REPO", help="OWNER/NAME on the hub.")],
    overrides: Overrides = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write the folder and send nothing.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder; it must be new or empty.")] = Path("push"),
    licence: Annotated[str | None, typer.Option(help="Of the model, as the hub writes it: apache-2.0.")] = None,
    public: Annotated[bool, typer.Option("--public", help="A repository that everybody sees.")] = False,
) -> None:
    """Send a model to the Hugging Face hub: safetensors, tokenizer, and a card with lineage, measurements and origins.

    [cyan]r1 push R1 me/my-r1 --dry-run[/] · [cyan]r1 push R1 me/my-r1 --licence apache-2.0[/]
    """
    from r1cli.config.hydra import store_of
    from r1cli.publish.card import write_folder
    from r1cli.publish.entries import model_entry
    from r1cli.store.store import Store
    from r1cli.terminal import console

    store = Store(store_of(overrides or []))
    files = write_folder(store, model_entry(store, node), repository, out, licence)
    console.listing([{"file": str(file), "size": size(file.stat().st_size)} for file in files])
    if dry_run:
        return console.note(f"nothing was sent; without --dry-run it goes to {repository}")
    from huggingface_hub import HfApi

    hub = HfApi()  # the token is in the environment, or where `hf auth login` put it
    hub.create_repo(repository, private=not public, exist_ok=True)
    hub.upload_folder(repo_id=repository, folder_path=out, commit_message=f"{node}, by r1 push")
    return console.note(f"sent to {repository}")

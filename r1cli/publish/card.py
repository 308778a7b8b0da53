"""A model's card: what it is, the stages that led to it, what was measured, what it was made of, and licences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from r1cli.config.catalogue import options, read_option
from r1cli.publish.entries import lineage, outside
from r1cli.results import select
from r1cli.results.evaluations import Evaluation
from r1cli.results.measures import MEASURES
from r1cli.results.paper import name_of
from r1cli.store.records import Entry
from r1cli.store.store import Store

SHOWN = ("accuracy", "cons_at_k", "format", "language", "tokens", "general")
"""Measures that a card has a column for."""


def card(store: Store, entry: Entry, repository: str, licence: str | None) -> str:
    """The README of a model's repository, its metadata first.

    Args:
        store: where it and its ancestors lie.
        entry: the model.
        repository: `owner/name`.
        licence: of the model, as the hub writes it; None: nobody has said.
    """
    import yaml

    steps = lineage(store, entry)
    origins = outside(steps)
    base = [o for o in origins if "/" in o and o in _known_models()]
    about: dict[str, Any] = {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["r1cli", "reasoning"],
    }
    about["license"] = licence or "other"
    if base:
        about["base_model"] = base[0]
    parts = [
        f"---\n{yaml.safe_dump(about, sort_keys=False)}---",
        f"# {repository.rpartition('/')[2]}",
        (
            f"{name_of(entry.node)}: the result of the stage `{entry.node}` of a recipe after DeepSeek-R1 "
            f"(arXiv:2501.12948), trained with r1cli. Fingerprint `{entry.fingerprint}`."
        ),
        "## How it was made\n\n" + _stages(steps),
        "## What was measured\n\n" + _measured(store, steps),
        "## What it was made of\n\n" + _origins(origins),
        "## How it is asked\n\n" + _template(entry),
    ]
    return "\n\n".join(parts) + "\n"


def _stages(steps: Sequence[Entry]) -> str:
    rows = ["| stage | kind | from | seed | fingerprint | versions |", "|---|---|---|---|---|---|"]
    for step in steps:
        sources = ", ".join(o.node or "outside" for o in step.manifest.inputs.values()) or "-"
        versions = ", ".join(
            f"{n} {step.manifest.versions[n]}" for n in ("torch", "trl") if n in step.manifest.versions
        )
        name = name_of(step.node)
        called = step.node if name == step.node else f"{step.node} ({name})"
        rows.append(
            f"| {called} | {step.kind} | {sources} | {step.manifest.seed} | `{step.fingerprint[:16]}` | {versions} |"
        )
    return "\n".join(rows)


def _measured(store: Store, steps: Sequence[Entry]) -> str:
    of_lineage = {step.fingerprint for step in steps}
    found: dict[str, Evaluation] = {}
    for evaluation in select.evaluations(store, everything=True):
        if evaluation.model in of_lineage:
            found[evaluation.model] = evaluation
    if not found:
        return "Nothing: no evaluation of it is in the store."
    rows = [f"| model | problems | {' | '.join(MEASURES[m].name for m in SHOWN)} |", f"|{'---|' * (2 + len(SHOWN))}"]
    for step in steps:
        if (one := found.get(step.fingerprint)) is not None:
            cells = [_cell(one.measures.get(measure)) for measure in SHOWN]
            rows.append(f"| {name_of(step.node)} | {one.n_problems} x {one.k} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n\nMeans with 95 % intervals over problems."


def _cell(interval: Any) -> str:
    return "-" if interval is None else f"{interval.mean:.3g} ({interval.low:.3g} to {interval.high:.3g})"


def _origins(origins: Sequence[str]) -> str:
    if not origins:
        return "Text that r1cli generated itself; no data and no weights from outside."
    lines = [f"- `{origin}`{_licence(origin)}" for origin in origins]
    return "\n".join(lines) + "\n\nWhoever publishes this model answers for the licences of what it was made of."


def _licence(origin: str) -> str:
    known = _known_models().get(origin)
    return f": {known}" if known else ": licence not known here"


def _known_models() -> dict[str, str]:
    """Hub id -> what conf/model/ says in one line about the model, licence and all."""
    known = {}
    for name, line in options("model").items():
        if path := read_option("model", name).get("path"):
            known[str(path)] = line
    return known


def _template(entry: Entry) -> str:
    import yaml

    from r1cli.layout import CONFIG
    from r1cli.training.models import CHAT

    template = yaml.safe_load((entry.path / CONFIG).read_text("utf-8"))["model"]["template"]
    if template == CHAT:
        return "In the chat template of its tokenizer (`apply_chat_template`); the thought ends with `</think>`."
    return f"With the question in place of `{{question}}`; the thought ends with `</think>`.\n\n```\n{template}\n```"


def write_folder(store: Store, entry: Entry, repository: str, folder: Path, licence: str | None) -> list[Path]:
    """Copy weights and tokenizer, and write the card; returns the files.

    Only safetensors are copied, no pickles: whoever loads them runs no code. A link is not followed: what it leads to
    was not made by the stage, and may be nobody else's business.

    Raises:
        ConfigError: the folder holds something else already, or the model has no safetensors, or there is a link.
    """
    import shutil

    from r1cli.errors import ConfigError
    from r1cli.publish.entries import out_of

    source = out_of(entry).path
    wanted = [f for f in sorted(source.iterdir()) if f.suffix in {".safetensors", ".json", ".txt", ".model", ".jinja"}]
    if not any(f.suffix == ".safetensors" for f in wanted):
        raise ConfigError(f"{source} has no safetensors", hint="train it again with this version")
    if links := [f.name for f in wanted if f.is_symlink()]:
        raise ConfigError(f"{source / links[0]} is a link", hint="put the file itself there")
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty", hint="choose another with --out")
    folder.mkdir(parents=True, exist_ok=True)
    for file in wanted:
        shutil.copy2(file, folder / file.name)
    (folder / "README.md").write_text(card(store, entry, repository, licence), "utf-8")
    return sorted(folder.iterdir())

"""The result that a name stands for, and all that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from r1cli.artifact import Artifact
from r1cli.config.given_model import meant, stored_models
from r1cli.errors import ConfigError
from r1cli.store.records import Entry
from r1cli.store.store import Store


def model_entry(store: Store, name: str) -> Entry:
    """The newest model of a name, which `r1cli.config.given_model.meant` describes.

    Raises:
        ConfigError: there is none.
    """
    models = stored_models(store)
    if (entry := meant(name, models)) is not None:
        return entry
    known = ", ".join(dict.fromkeys(e.node for e in models)) or "none yet"
    raise ConfigError(f"{name}: no such model in {store.root}", hint=f"models: {known}")


def lineage(store: Store, entry: Entry) -> list[Entry]:
    """The entry behind all that it was made from, what came first at the beginning."""
    by_fingerprint = {e.fingerprint: e for e in store.entries()}
    order: dict[str, Entry] = {}

    def visit(one: Entry) -> None:
        for origin in one.manifest.inputs.values():
            if origin.node and (parent := by_fingerprint.get(origin.fingerprint)) and parent.fingerprint not in order:
                visit(parent)
        order[one.fingerprint] = one

    visit(entry)
    return list(order.values())


def outside(entries: Sequence[Entry]) -> list[str]:
    """Weights and data from outside that some results were made of: hub ids and names of files, each once."""
    found: dict[str, None] = {}
    for entry in entries:
        for origin in entry.manifest.inputs.values():
            if not origin.node:
                found[_name(origin.location)] = None
        found.update(dict.fromkeys(_name(path) for path in entry.manifest.data))
        found.update(dict.fromkeys(_datasets(entry.manifest.identity)))
    return list(found)


def out_of(entry: Entry) -> Artifact:
    """The model itself."""
    return entry.artifacts()["out"]


def _name(location: str) -> str:
    """A path's last part: nobody else has this machine's folders."""
    return Path(location).name if Path(location).is_absolute() else location


def _datasets(value: Any) -> list[str]:
    """Ids of the hub's datasets anywhere in a configuration."""
    if isinstance(value, dict):
        own = [str(value["path"])] if value.get("format") == "hub" and value.get("path") else []
        return own + [name for part in value.values() for name in _datasets(part)]
    if isinstance(value, list):
        return [name for part in value for name in _datasets(part)]
    return []

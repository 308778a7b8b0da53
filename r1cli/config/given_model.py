"""The model that `r1 eval init=` names: a result of the store, a folder, or a repository of the hub.

A result of the store keeps its node's name and its fingerprint. So what is measured of it belongs to the checkpoint
that a recipe made, and is found again when the recipe's own run asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1cli.artifact import Artifact
from r1cli.config.catalogue import model_names, plain_name
from r1cli.errors import ConfigError, StoreError
from r1cli.layout import FEWEST_DIGITS, MANIFEST, OUT
from r1cli.store.records import Entry, read_manifest
from r1cli.store.store import Store
from r1cli.text import did_you_mean

READ_WITH = ("template", "dtype")
"""What a stored model's own stage says about how it is to be read."""


@dataclass(frozen=True)
class GivenModel:
    """A model to be evaluated."""

    name: str
    """What its nodes are called by: a node of a recipe, or the last part of a path or id."""
    artifact: Artifact
    spec: dict[str, Any]
    """Fields of `model` that its own stage was trained with; empty where nobody says."""


def given_model(named: str, store: Store) -> GivenModel:
    """Look a model up.

    Args:
        named: a node (`r1_zero`, the newest of several), an entry's name or the beginning of its fingerprint, a folder
            with a model in it, or a hub id.
        store: where results are.

    Raises:
        ConfigError: it is none of these.
    """
    path = Path(named).expanduser()
    if path.is_dir() and (entry := _entry_at(path)) is not None:
        return _stored(entry)
    if path.is_dir():
        return GivenModel(_as_node(path.resolve().name), Artifact(kind="model", location=str(path.absolute())), {})
    models = stored_models(store)
    if (entry := meant(named, models)) is not None:
        return _stored(entry)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", named) and not named.startswith((".", "/", "~")):
        return GivenModel(_as_node(named.rpartition("/")[2]), Artifact(kind="model", location=named), {})
    nodes = list(dict.fromkeys(entry.node for entry in models))
    hint = did_you_mean(named, [*nodes, *model_names(), *model_names().values()])
    if not hint:
        hint = f"in {store.root} are {', '.join(nodes)}" if nodes else "a node that r1 run made, a folder, or a hub id"
    raise ConfigError(f"init={named}: neither a model in the store, nor a folder, nor a hub id", hint=hint)


def stored_models(store: Store) -> list[Entry]:
    """The results of a store that are models, oldest first."""
    return [entry for entry in store.entries() if _makes_model(entry)]


def meant(named: str, models: Sequence[Entry]) -> Entry | None:
    """The newest of `models` that a name fits; None if it fits none.

    Args:
        named: a node, the paper's name of its model, an entry's name, or the beginning of a fingerprint.
        models: of `stored_models`.
    """
    node_of = {plain_name(paper): node for node, paper in model_names().items()}
    node = node_of.get(plain_name(named))
    for entry in reversed(models):
        if named in {entry.node, entry.path.name} or entry.node == node:
            return entry
    if len(named) < FEWEST_DIGITS:
        return None
    return next((entry for entry in reversed(models) if entry.fingerprint.startswith(named)), None)


def _entry_at(path: Path) -> Entry | None:
    """The entry that a folder is, or whose model lies in it."""
    path = path.resolve()
    for folder in (path, *path.parents[:2]):
        if not (folder / MANIFEST).is_file():
            continue
        try:
            entry = Entry(folder, read_manifest(folder))
        except StoreError:
            return None
        is_meant = _makes_model(entry) and path in {folder, entry.artifacts()["out"].path, folder / OUT}
        return entry if is_meant else None
    return None


def _makes_model(entry: Entry) -> bool:
    made = entry.manifest.artifacts.get("out")
    return made is not None and made.kind == "model"


def _stored(entry: Entry) -> GivenModel:
    model = entry.manifest.identity.get("config", {}).get("model", {})
    return GivenModel(entry.node, entry.artifacts()["out"], {key: model[key] for key in READ_WITH if key in model})


def _as_node(name: str) -> str:
    """A name that a folder of the store can have, and that the shell need not quote."""
    return re.sub(r"[^A-Za-z0-9_.]+", "_", name).strip("_.") or "model"

"""Which models are the same thing trained with another seed, and what tells the others apart.

A cell is a configuration: what a model's stage, and every stage that it comes from, was told, seeds left out. Models of
one cell are replicates. Cells of one checkpoint are told apart by as few values as possible: `language=0.1` for the
stage's own, `coldstart.epochs=3` for one further up.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from r1cli.config.provenance import shown
from r1cli.store.records import Entry, Origin

K = TypeVar("K", bound=Hashable)
Cell = Mapping[str, str]
"""Dotted key -> value as JSON; keys of stages further up stand behind their node and a slash."""
ABSENT = "-"


def cell_of(origin: Origin, entries: Mapping[str, Entry]) -> Cell:
    """The cell of a model, looked up by fingerprint in a store; what the store has lost stands for itself."""
    return dict(_told(origin, entries, ""))


def labels(cells: Mapping[K, Cell]) -> dict[K, str]:
    """What tells the cells of one checkpoint apart, as short as may be; empty if there is but one."""
    keys = _telling(list(cells.values()))
    names = {key: _short(key, keys) for key in keys}
    return {k: " ".join(f"{names[key]}={_shown(cell.get(key))}" for key in keys) for k, cell in cells.items()}


def _telling(cells: Sequence[Cell]) -> list[str]:
    """Keys that tell all cells apart, each chosen because it tells most; the stage's own come first."""
    distinct = list({json.dumps(c, sort_keys=True): c for c in cells}.values())
    keys = {key: None for cell in distinct for key in cell if len({c.get(key) for c in distinct}) > 1}
    groups, chosen = [distinct], list[str]()
    while len(groups) < len(distinct):
        best = max(keys, key=lambda k: (len(_split(groups, k)), "/" not in k, -len(k)))
        groups = _split(groups, best)
        chosen.append(best)
    return chosen


def _split(groups: Sequence[Sequence[Cell]], key: str) -> list[list[Cell]]:
    """The groups, each parted by its cells' values of `key`."""
    parted: list[list[Cell]] = []
    for group in groups:
        by_value: dict[str | None, list[Cell]] = {}
        for cell in group:
            by_value.setdefault(cell.get(key), []).append(cell)
        parted += by_value.values()
    return parted


def _told(origin: Origin, entries: Mapping[str, Entry], at: str) -> Iterator[tuple[str, str]]:
    entry = entries.get(origin.fingerprint)
    if entry is None:
        yield f"{at}fingerprint", json.dumps(origin.fingerprint[:8])
        return
    made = entry.manifest
    yield f"{at}version", json.dumps(made.identity.get("version"))
    for key, value in _flat(made.identity.get("config", {})):
        if not (key.rpartition(".")[2] == "seed" and value == made.seed):
            yield f"{at}{key}", json.dumps(value, ensure_ascii=False, sort_keys=True)
    for role, source in made.inputs.items():
        yield f"{at}inputs.{role}", json.dumps(source.node)
        yield from _told(source, entries, f"{source.node or role}/")


def _flat(value: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _flat(inner, f"{at}{key}.")
        else:
            yield f"{at}{key}", inner


def _short(key: str, others: Sequence[str]) -> str:
    """The last part of a key, and more of it if another of the keys ends the same."""
    node, slash, path = key.rpartition("/")
    leaf = path.rpartition(".")[2]
    same = [o for o in others if o != key and o.rpartition("/")[0] == node and o.rpartition(".")[2] == leaf]
    return f"{node}.{path if same else leaf}" if slash else path if same else leaf


def _shown(value: str | None) -> str:
    if value is None:
        return ABSENT
    plain = json.loads(value)
    # As a person types it: YAML's `language: 0` is 0.0 by the time it is part of a result.
    return shown(int(plain) if isinstance(plain, float) and plain.is_integer() else plain)

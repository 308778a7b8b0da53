"""Which models are replicates of each other, and what tells the other models of a checkpoint apart.

The configuration of a model is what its stage, and every stage upstream of it, was configured with, the run's own seeds
left out. Replicates are models of one configuration: the same method, trained with another seed. Configurations of one
checkpoint are told apart by as few values as possible: `language=0.1` for the stage's own, `coldstart.epochs=3` for one
further up.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from r1cli.store.records import Entry, Manifest, Origin
from r1cli.text import as_typed

K = TypeVar("K", bound=Hashable)
Configuration = Mapping[str, str]
"""Dotted key -> value as JSON; keys of stages further up stand behind their node and a slash."""
ABSENT = "-"


class Configurations:
    """The configurations of the models in a store, each worked out once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._manifests = {e.manifest.fingerprint: e.manifest for e in entries}
        self._known: dict[str, Configuration] = {}
        # A seed that was fixed in the configuration can equal the run's seed by chance (both 0, say). It is known to be
        # fixed if another run of that node had it under another seed.
        self._fixed_seeds: set[tuple[str, str, int]] = set()
        for manifest in self._manifests.values():
            fixed = [(key, value) for key, value in _seeds(manifest) if value != manifest.seed]
            self._fixed_seeds.update((manifest.node, key, value) for key, value in fixed)

    def of(self, fingerprint: str) -> Configuration:
        """The configuration of a model; one that the store does not have is told by its fingerprint."""
        if fingerprint not in self._known:
            manifest = self._manifests.get(fingerprint)
            self._known[fingerprint] = (
                {"fingerprint": json.dumps(fingerprint[:8])} if manifest is None else dict(self._values(manifest))
            )
        return self._known[fingerprint]

    def _values(self, manifest: Manifest) -> Iterator[tuple[str, str]]:
        for key, value in _settings(manifest):
            own_seed = _is_seed(key) and value == manifest.seed
            if not own_seed or (manifest.node, key, value) in self._fixed_seeds:
                yield key, json.dumps(value, ensure_ascii=False, sort_keys=True)
        for role, origin in manifest.inputs.items():
            yield f"inputs.{role}", json.dumps(origin.node)
            yield from self._upstream(role, origin)

    def _upstream(self, role: str, origin: Origin) -> Iterator[tuple[str, str]]:
        for key, value in self.of(origin.fingerprint).items():
            # Keys from further up already name their node.
            yield (key if "/" in key else f"{origin.node or role}/{key}"), value


def labels(configurations: Mapping[K, Configuration]) -> dict[K, str]:
    """What tells the configurations of one checkpoint apart, as short as may be; empty if there is but one."""
    keys = _distinguishing_keys(list(configurations.values()))
    names = {key: _short_name(key, keys) for key in keys}
    labels: dict[K, str] = {}
    for name, configuration in configurations.items():
        labels[name] = " ".join(f"{names[key]}={_setting(configuration.get(key))}" for key in keys)
    return labels


def _distinguishing_keys(configurations: Sequence[Configuration]) -> list[str]:
    """Keys that tell all apart, each chosen because it splits most; the stage's own come before those upstream."""
    distinct = list({json.dumps(c, sort_keys=True): c for c in configurations}.values())
    # A dict and not a set: ties are decided by the order in which the keys were configured.
    known = dict.fromkeys(key for configuration in distinct for key in configuration)
    varying = [key for key in known if len({configuration.get(key) for configuration in distinct}) > 1]
    groups, chosen = [distinct], list[str]()
    while len(groups) < len(distinct):
        best = max(varying, key=lambda key: (len(_split(groups, key)), "/" not in key, -len(key)))
        groups = _split(groups, best)
        chosen.append(best)
    return chosen


def _split(groups: Sequence[Sequence[Configuration]], key: str) -> list[list[Configuration]]:
    """The groups, each divided by its members' values of `key`."""
    divided: list[list[Configuration]] = []
    for group in groups:
        by_value: dict[str | None, list[Configuration]] = {}
        for configuration in group:
            by_value.setdefault(configuration.get(key), []).append(configuration)
        divided += by_value.values()
    return divided


def _settings(manifest: Manifest) -> Iterator[tuple[str, Any]]:
    """All of a stage's identity but its inputs: versions, and its configuration without a prefix."""
    for key, value in manifest.identity.items():
        if key == "config":
            yield from flat(value)
        elif key != "inputs":
            yield from flat({key: value})


def _seeds(manifest: Manifest) -> Iterator[tuple[str, int]]:
    return ((key, value) for key, value in _settings(manifest) if _is_seed(key) and isinstance(value, int))


def _is_seed(key: str) -> bool:
    return key.rpartition(".")[2] == "seed"


def flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings under dotted keys; lists, and empty mappings, are leaves."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def _short_name(key: str, others: Sequence[str]) -> str:
    """The last part of a key; the whole path if another key of the same node ends in the same part."""
    node, slash, path = key.rpartition("/")
    leaf = path.rpartition(".")[2]
    ambiguous = any(o != key and o.rpartition("/")[0] == node and o.rpartition(".")[2] == leaf for o in others)
    return f"{node}{'.' if slash else ''}{path if ambiguous else leaf}"


def _setting(value: str | None) -> str:
    """A JSON value as a person types it: YAML's `language: 0` is 0.0 by the time it is part of a result."""
    if value is None:
        return ABSENT
    plain = json.loads(value)
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    return as_typed(plain)

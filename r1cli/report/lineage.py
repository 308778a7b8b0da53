"""Which results belong together: the same stage under several seeds, and the line of stages that led to a model.

Nothing but manifests is read, so that a store put together from several machines, without any note of what was run
when, gives the same report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from r1cli.engine.fingerprint import canonical
from r1cli.results.comparison import LABELS
from r1cli.store.records import Entry

EVALUATION = "eval_"


@dataclass(frozen=True)
class Group:
    """Results of one node that differ in nothing but the seed of the run."""

    node: str
    entries: tuple[Entry, ...]
    """One a seed, the newest, by seed."""

    @property
    def label(self) -> str:
        """What the paper calls the model, else the node's name."""
        return LABELS.get(self.node, self.node)

    @property
    def newest(self) -> float:
        return max(e.manifest.started for e in self.entries)


@dataclass(frozen=True)
class Arm:
    """A way of training, with all its seeds: the stages that one final model needs, inputs first."""

    groups: tuple[Group, ...]

    @property
    def head(self) -> Group:
        return self.groups[-1]


class Lineage:
    """The entries of a store and how they hang together."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(entries, key=lambda e: e.manifest.started)
        self.by_fingerprint = {e.manifest.fingerprint: e for e in self.entries}
        self._signatures: dict[str, str] = {}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Signature -> results that share it; evaluations are not among them."""
        found: dict[str, dict[int, Entry]] = {}
        for entry in self.entries:
            if not entry.manifest.node.startswith(EVALUATION):
                found.setdefault(self.signature(entry), {})[entry.manifest.seed] = entry
        return {s: _group(by_seed) for s, by_seed in found.items()}

    @cached_property
    def evaluations(self) -> list[Entry]:
        """Oldest first."""
        return [e for e in self.entries if e.manifest.node.startswith(EVALUATION)]

    @cached_property
    def arms(self) -> list[Arm]:
        """The ways of training worth showing: of each final node the one with the most seeds, the newest of several."""
        best: dict[str, Group] = {}
        for group in self._heads():
            other = best.get(group.node)
            if other is None or (len(group.entries), group.newest) > (len(other.entries), other.newest):
                best[group.node] = group
        return [Arm((*self._upstream(g), g)) for g in sorted(best.values(), key=lambda g: place(g.node))]

    @cached_property
    def shown(self) -> dict[str, Group]:
        """Node -> its results in the arms; nodes that are in none, by their newest group."""
        chosen: dict[str, Group] = {}
        for group in sorted(self.groups.values(), key=lambda g: g.newest):
            chosen[group.node] = group
        for arm in self.arms:
            chosen |= {g.node: g for g in arm.groups}
        return dict(sorted(chosen.items(), key=lambda item: place(item[0])))

    def signature(self, entry: Entry) -> str:
        """What an entry is but for seeds, its own and those of all that it was made from."""
        fp = entry.manifest.fingerprint
        if fp not in self._signatures:
            inputs = {role: self._input_signature(o.fingerprint) for role, o in entry.manifest.inputs.items()}
            what = {**entry.manifest.identity, "inputs": inputs, "node": entry.manifest.node}
            self._signatures[fp] = hashlib.sha256(canonical(_without_seeds(what)).encode()).hexdigest()
        return self._signatures[fp]

    def group_of(self, entry: Entry) -> Group:
        return self.groups[self.signature(entry)]

    def parents(self, entry: Entry) -> list[Entry]:
        """The entries that it was made from, as far as the store has them."""
        origins = entry.manifest.inputs.values()
        return [self.by_fingerprint[o.fingerprint] for o in origins if o.fingerprint in self.by_fingerprint]

    def ancestors(self, fingerprints: Iterable[str]) -> set[str]:
        """Fingerprints of all that some results were made from, as far as the store has them."""
        found: set[str] = set()
        left = [self.by_fingerprint[f] for f in fingerprints if f in self.by_fingerprint]
        while left:
            above = [p for p in self.parents(left.pop()) if p.manifest.fingerprint not in found]
            found.update(p.manifest.fingerprint for p in above)
            left += above
        return found

    def _input_signature(self, fingerprint: str) -> str:
        found = self.by_fingerprint.get(fingerprint)
        return self.signature(found) if found else fingerprint

    def _heads(self) -> list[Group]:
        """Models at the end of their line: no other model was made from them, nor from another of the same node."""
        groups = {s: g for s, g in self.groups.items() if _makes(g, "model")}
        used = {self.signature(p) for g in self.groups.values() for e in g.entries for p in self.parents(e)}
        last = [g for s, g in groups.items() if s not in used]
        inside = {above.node for g in last for above in self._upstream(g)}
        return [g for g in last if g.node not in inside]

    def _upstream(self, group: Group) -> list[Group]:
        """All that a group was made from, inputs first, each once."""
        found: dict[str, Group] = {}

        def visit(entry: Entry) -> None:
            for parent in self.parents(entry):
                visit(parent)
                found.setdefault(self.signature(parent), self.group_of(parent))

        visit(group.entries[-1])
        return list(found.values())


def place(node: str) -> tuple[int, str]:
    """Where a node stands: the paper's models in the paper's order, then the others by name."""
    order = list(LABELS)
    return (order.index(node) if node in LABELS else len(order), node)


def _group(by_seed: Mapping[int, Entry]) -> Group:
    entries = tuple(by_seed[seed] for seed in sorted(by_seed))
    return Group(entries[0].manifest.node, entries)


def _makes(group: Group, kind: str) -> bool:
    return any(made.kind == kind for made in group.entries[0].manifest.artifacts.values())


def _without_seeds(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_seeds(v) for k, v in value.items() if k != "seed"}
    return [_without_seeds(v) for v in value] if isinstance(value, (list, tuple)) else value

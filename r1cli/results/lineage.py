"""Which results belong together: the same stage under several seeds, and the line of stages that led to a model.

Nothing but manifests is read, so that a store put together from several machines, without any note of what was run
when, gives the same report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from r1cli.engine.evaluation import is_evaluation, measures_a_model
from r1cli.results import paper
from r1cli.results.replicates import Configurations
from r1cli.store.records import Entry


@dataclass(frozen=True)
class Replicates:
    """Results of one node that differ in nothing but the seed of the run."""

    node: str
    entries: tuple[Entry, ...]
    """One a seed, the newest, by seed."""

    @property
    def label(self) -> str:
        """The paper's name of the model, else the node's name."""
        return paper.name_of(self.node)

    @property
    def newest(self) -> float:
        return max(e.manifest.started for e in self.entries)

    @property
    def is_model(self) -> bool:
        return any(made.kind == "model" for made in self.entries[0].manifest.artifacts.values())


@dataclass(frozen=True)
class Arm:
    """A way of training, with all its seeds: the stages that one final model needs, inputs first."""

    groups: tuple[Replicates, ...]

    @property
    def head(self) -> Replicates:
        return self.groups[-1]


class Lineage:
    """The entries of a store and how they are connected."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(entries, key=lambda e: e.manifest.started)
        self.by_fingerprint = {e.manifest.fingerprint: e for e in self.entries}
        self._configurations = Configurations(self.entries)

    @cached_property
    def groups(self) -> list[Replicates]:
        """All results but evaluations, replicates together."""
        by_key: dict[object, dict[int, Entry]] = {}
        for entry in self.entries:
            if not measures_a_model(entry.manifest.node):
                by_key.setdefault(self._key(entry), {})[entry.manifest.seed] = entry
        groups = []
        for by_seed in by_key.values():
            entries = tuple(by_seed[seed] for seed in sorted(by_seed))
            groups.append(Replicates(entries[0].manifest.node, entries))
        return groups

    @cached_property
    def evaluations(self) -> list[Entry]:
        """Oldest first."""
        return [e for e in self.entries if is_evaluation(e.manifest.node)]

    @cached_property
    def arms(self) -> list[Arm]:
        """The ways of training worth showing: of each final node the one with the most seeds, the newest of several."""
        best: dict[str, Replicates] = {}
        for group in self._heads():
            other = best.get(group.node)
            if other is None or (len(group.entries), group.newest) > (len(other.entries), other.newest):
                best[group.node] = group
        heads = sorted(best.values(), key=lambda group: paper.place(group.node))
        return [Arm((*self._upstream(head), head)) for head in heads]

    @cached_property
    def shown(self) -> dict[str, Replicates]:
        """Node -> its results in the arms; nodes that are in none, by their newest group."""
        chosen = {group.node: group for group in sorted(self.groups, key=lambda g: g.newest)}
        for arm in self.arms:
            chosen |= {group.node: group for group in arm.groups}
        return dict(sorted(chosen.items(), key=lambda item: paper.place(item[0])))

    def parents(self, entry: Entry) -> list[Entry]:
        """The entries that it was made from, as far as the store has them."""
        origins = entry.manifest.inputs.values()
        return [self.by_fingerprint[o.fingerprint] for o in origins if o.fingerprint in self.by_fingerprint]

    @cached_property
    def _group_of(self) -> dict[object, Replicates]:
        return {self._key(group.entries[0]): group for group in self.groups}

    def _key(self, entry: Entry) -> object:
        """The same for replicates, and for them only."""
        configuration = self._configurations.of(entry.manifest.fingerprint)
        return entry.manifest.node, frozenset(configuration.items())

    def _heads(self) -> list[Replicates]:
        """Models at the end of their line: no other model was made from them, nor from another of the same node."""
        used: set[object] = set()
        for group in self.groups:
            for entry in group.entries:
                used.update(map(self._key, self.parents(entry)))
        last = [group for key, group in self._group_of.items() if group.is_model and key not in used]
        inside = {above.node for group in last for above in self._upstream(group)}
        return [group for group in last if group.node not in inside]

    def _upstream(self, group: Replicates) -> list[Replicates]:
        """All that a group was made from, inputs first, each once."""
        upstream: dict[object, Replicates] = {}

        def visit(entry: Entry) -> None:
            for parent in self.parents(entry):
                visit(parent)
                key = self._key(parent)
                upstream.setdefault(key, self._group_of[key])

        visit(group.entries[-1])
        return list(upstream.values())

"""The recipe as it was run: one node for all seeds of a stage, edges from manifests, cost, and what was reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from r1cli.report import curves
from r1cli.report.lineage import Group, Lineage, place
from r1cli.store.history import Run
from r1cli.store.records import Entry


@dataclass(frozen=True)
class Node:
    """A stage of the drawn recipe, or what stands for all its seeds."""

    name: str
    label: str
    """What the paper calls its model; the same as `name` for things that are no model of the paper."""
    kind: str
    layer: int
    """Longest way from a start."""
    inputs: tuple[str, ...]
    """Names of the nodes that it was made from."""
    outside: tuple[str, ...]
    """What it was made from that is not in the store: hub ids, paths."""
    results: tuple[Result, ...]
    """One a seed."""
    cost: Cost


@dataclass(frozen=True)
class Result:
    """One seed's result of a node."""

    seed: int
    fingerprint: str
    seconds: float
    resumed: int
    """How many times it was taken up again after an interruption."""
    reused: int
    """How many later runs took it from the store instead of making it again."""
    device: str


@dataclass(frozen=True)
class Cost:
    """What one seed of a stage took: means over its seeds; None where nothing was logged."""

    updates: float | None
    tokens: float | None
    seconds: float


def nodes(lineage: Lineage, runs: Sequence[Run]) -> list[Node]:
    """The nodes of all shown ways of training, inputs first."""
    groups: dict[str, Group] = {}
    for arm in lineage.arms:
        groups |= {g.node: g for g in arm.groups}
    layers: dict[str, int] = {}
    found = [_node(group, lineage, runs, layers) for group in groups.values()]
    return sorted(found, key=lambda n: (n.layer, place(n.name)))


def _node(group: Group, lineage: Lineage, runs: Sequence[Run], layers: dict[str, int]) -> Node:
    entry = group.entries[-1]
    inputs = tuple(dict.fromkeys(p.manifest.node for p in lineage.parents(entry)))
    inside = {p.manifest.fingerprint for p in lineage.parents(entry)}
    outside = tuple(o.location for o in entry.manifest.inputs.values() if o.fingerprint not in inside)
    layers[group.node] = 1 + max((layers.get(i, 0) for i in inputs), default=-1)
    results = tuple(_result(e, runs) for e in group.entries)
    kind = entry.manifest.kind
    return Node(group.node, group.label, kind, layers[group.node], inputs, outside, results, cost(group))


def cost(group: Group) -> Cost:
    """Means over the seeds of a group."""
    totals = [curves.totals(e) for e in group.entries]
    seconds = [e.manifest.seconds for e in group.entries]
    return Cost(
        _mean([t["updates"] for t in totals]), _mean([t["tokens"] for t in totals]), sum(seconds) / len(seconds)
    )


def _result(entry: Entry, runs: Sequence[Run]) -> Result:
    m = entry.manifest
    made = m.attempts[-1].ended if m.attempts else None
    later = [r for r in runs if r.started > (made or m.started) and r.nodes.get(m.node) == m.fingerprint]
    return Result(m.seed, m.fingerprint, m.seconds, m.resumed, len(later), m.device)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None

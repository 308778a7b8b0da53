"""The recipe as it was run: one step for all seeds of a stage, edges from manifests, cost, and what was reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from r1cli.report import curves
from r1cli.results import paper
from r1cli.results.lineage import Lineage, Replicates
from r1cli.results.metrics import mean
from r1cli.store.history import Run
from r1cli.store.records import Entry


@dataclass(frozen=True)
class SeedResult:
    """One seed's result of a step."""

    seed: int
    fingerprint: str
    seconds: float
    resumed: int
    """How many times it was resumed after an interruption."""
    reused: int
    """How many later runs took it from the store instead of making it again."""
    device: str


@dataclass(frozen=True)
class Cost:
    """What one seed of a stage took: means over its seeds; None where nothing was logged."""

    updates: float | None
    tokens: float | None
    seconds: float


@dataclass(frozen=True)
class RecipeStep:
    """A stage of the drawn recipe; it stands for all its seeds."""

    name: str
    label: str
    """The paper's name of its model; the same as `name` for anything else."""
    kind: str
    layer: int
    """Longest way from a start."""
    inputs: tuple[str, ...]
    """Names of the steps that it was made from."""
    outside: tuple[str, ...]
    """What it was made from that is not in the store: hub ids, paths."""
    results: tuple[SeedResult, ...]
    """One a seed."""
    cost: Cost


def steps(lineage: Lineage, runs: Sequence[Run]) -> list[RecipeStep]:
    """The steps of all shown ways of training, inputs first."""
    groups = {group.node: group for arm in lineage.arms for group in arm.groups}
    layers: dict[str, int] = {}
    drawn = [_step(group, lineage, runs, layers) for group in groups.values()]
    return sorted(drawn, key=lambda step: (step.layer, paper.place(step.name)))


def _step(group: Replicates, lineage: Lineage, runs: Sequence[Run], layers: dict[str, int]) -> RecipeStep:
    """One step; its inputs are in `layers` already, and it is added."""
    entry = group.entries[-1]
    parents = [p.manifest for p in lineage.parents(entry)]
    inputs = tuple(dict.fromkeys(p.node for p in parents))
    inside = {p.fingerprint for p in parents}
    layers[group.node] = 1 + max((layers.get(name, 0) for name in inputs), default=-1)
    return RecipeStep(
        name=group.node,
        label=group.label,
        kind=entry.manifest.kind,
        layer=layers[group.node],
        inputs=inputs,
        outside=tuple(o.location for o in entry.manifest.inputs.values() if o.fingerprint not in inside),
        results=tuple(_result(e, runs) for e in group.entries),
        cost=_cost(group.entries),
    )


def _result(entry: Entry, runs: Sequence[Run]) -> SeedResult:
    m = entry.manifest
    made = m.attempts[-1].ended if m.attempts else None
    later = [r for r in runs if r.started > (made or m.started) and r.nodes.get(m.node) == m.fingerprint]
    return SeedResult(m.seed, m.fingerprint, m.seconds, m.resumed, len(later), m.device)


def _cost(entries: Sequence[Entry]) -> Cost:
    return Cost(
        updates=mean([curves.last_update(e) for e in entries]),
        tokens=mean([curves.last_value(e, "train/num_tokens") for e in entries]),
        seconds=sum(e.manifest.seconds for e in entries) / len(entries),
    )

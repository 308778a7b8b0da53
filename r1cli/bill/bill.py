"""The bill: every node that a command would run, priced; ranges, and what each guess does to the sum.

A range is no sum of worst cases. Each guess is moved to its lowest and its highest value while the others stay likely,
and the deviations (logarithms of ratios) are combined as those of independent causes: the root of the sum of squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from r1cli.bill.models import shape_for
from r1cli.bill.nodes import NodeCost, PricedNode, cost, disk_of, memory_of, setup_of
from r1cli.cost.device import GUESSED, Assumed, Device, Guess
from r1cli.cost.memory import MemoryNeed, check_memory
from r1cli.engine.hardware import Hardware
from r1cli.engine.job import Job, Node
from r1cli.errors import ConfigError
from r1cli.machine import gpu_count
from r1cli.store.store import Store

NOTHING = NodeCost(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Span:
    """A number that is not known exactly."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class BillLine:
    """One node's part of the bill; of all its copies, where a sweep has several."""

    node: str
    copies: int
    drawn_tokens: Span
    learned_tokens: Span
    hours: Span
    """Of wall time, one copy after another."""
    device_hours: Span
    usd: Span
    floor_hours: Span
    memory: MemoryNeed
    disk: float
    checkpoints: float
    """Bytes beside the result while it is made."""


@dataclass(frozen=True)
class Influence:
    """What one guess does to the device hours of all nodes, the others left at their likely values."""

    name: str
    guess: Guess
    hours: tuple[float, float]
    """With its lowest and its highest value."""
    measured: bool
    """By a pilot, on this machine."""


@dataclass(frozen=True)
class Bill:
    """What a command would take."""

    device: Device
    devices: int
    lines: tuple[BillLine, ...]
    total: BillLine
    influences: tuple[Influence, ...]
    unknown: tuple[str, ...]
    """What no formula can know, and nodes that could not be priced."""
    misfits: Mapping[str, ConfigError]
    """Node -> why it does not fit into the device's memory."""


@dataclass(frozen=True)
class BillPrices:
    """What a bill is computed with."""

    device: Device
    guesses: Mapping[str, Guess]
    measured: frozenset[str] = frozenset()
    """Guesses that a pilot on this machine has replaced."""

    def assumed(self, moved: str = "", to: int = 1) -> Assumed:
        """The likely value of each guess, but for one."""
        return Assumed(**{name: self.guesses[name][to if name == moved else 1] for name in GUESSED})


def devices_of(device: Device, hardware: Hardware) -> int:
    """How many devices are paid for."""
    if device.count != "auto":
        return device.count
    if not device.is_gpu:
        return hardware.nodes
    if hardware.processes != "auto":
        return hardware.processes * hardware.nodes
    of_a_machine = gpu_count() or (device.per_machine if hardware.device == "cuda" else 1)
    return of_a_machine * hardware.nodes


def make_bill(jobs: Sequence[Job], prices: BillPrices) -> Bill:
    """The bill of all that is not stored, each result once however many of the jobs need it."""
    place = _Place(prices.device, jobs[0].hardware, devices_of(prices.device, jobs[0].hardware))
    nodes, unpriced = _nodes(jobs)
    likely = prices.assumed()
    at = _costs(nodes, place, likely)
    moved: dict[str, tuple[dict[str, NodeCost], dict[str, NodeCost]]] = {}
    for guess in GUESSED:
        low, high = prices.assumed(guess, 0), prices.assumed(guess, 2)
        moved[guess] = (_costs(nodes, place, low), _costs(nodes, place, high))
    lines = []
    for name, copies in nodes.items():
        of_node = [(low[name], high[name]) for low, high in moved.values()]
        lines.append(_line(copies, at[name], of_node, place, likely))
    sums = {guess: (_sum(low.values()), _sum(high.values())) for guess, (low, high) in moved.items()}
    everything = [node for copies in nodes.values() for node in copies]
    total = _spans("total", len(everything), _sum(at.values()), list(sums.values()))
    return Bill(
        device=place.device,
        devices=place.devices,
        lines=tuple(lines),
        total=replace(total, disk=sum(line.disk for line in lines)),
        influences=tuple(
            Influence(name, prices.guesses[name], (low.device_hours, high.device_hours), name in prices.measured)
            for name, (low, high) in sums.items()
        ),
        unknown=(*unpriced, *_unknown(everything)),
        misfits=_misfits(nodes, place, likely),
    )


@dataclass(frozen=True)
class _Place:
    """Where the work is done."""

    device: Device
    hardware: Hardware
    devices: int


Nodes = Mapping[str, Sequence[PricedNode]]
"""Name -> its copies: one, or one for each cell of a sweep that has its own."""


def _nodes(jobs: Sequence[Job]) -> tuple[Nodes, list[str]]:
    """What is to be priced, and why some of it cannot be."""
    nodes: dict[str, list[PricedNode]] = {}
    unpriced = []
    for job, node in _to_run(jobs):
        try:
            nodes.setdefault(node.name, []).append(_priced(job, node))
        except ConfigError as e:
            unpriced.append(f"{node.name}: {e.message}")
    return {name: copies for name, copies in nodes.items() if copies}, unpriced


def _costs(nodes: Nodes, place: _Place, assumed: Assumed) -> dict[str, NodeCost]:
    costs = {}
    for name, copies in nodes.items():
        costs[name] = _sum(cost(node, place.device, place.hardware, place.devices, assumed) for node in copies)
    return costs


def _misfits(nodes: Nodes, place: _Place, likely: Assumed) -> dict[str, ConfigError]:
    misfits = {}
    for name, copies in nodes.items():
        try:
            _check(copies[0], place.device, place.hardware, place.devices, likely)
        except ConfigError as e:
            misfits[name] = e
    return misfits


def _to_run(jobs: Sequence[Job]) -> list[tuple[Job, Node]]:
    """The nodes that some job would run."""
    found: dict[str, tuple[Job, Node]] = {}
    for job in jobs:
        store, nodes = Store(job.store), job.graph.nodes
        stored = {name for name, node in nodes.items() if store.get(name, node.fingerprint)}
        for name in job.graph.needed(stored) - stored:
            found.setdefault(nodes[name].fingerprint, (job, nodes[name]))
    order = {name: place for place, name in enumerate(n for job in jobs for n in job.graph.nodes)}
    return sorted(found.values(), key=lambda pair: order[pair[1].name])


def _priced(job: Job, node: Node) -> PricedNode:
    work = node.stage.workload()
    if work is None:
        raise ConfigError(f"a stage of the kind {node.kind} does not say what it has to do", hint="implement workload")
    source = job.stages.get(node.stage.inputs.get("data", ""))
    sampled = source.workload() if source is not None else None
    return PricedNode(
        name=node.name,
        stage=node.stage,
        work=work,
        shape=shape_for(job, node.name),
        rows=sampled.kept if sampled is not None else None,
        mixed_in=sampled.mixed_in if sampled is not None else 0,
    )


def _check(node: PricedNode, device: Device, hardware: Hardware, devices: int, likely: Assumed) -> None:
    if node.work.learned is not None:
        setup = setup_of(node, device, hardware, devices, likely)
        check_memory(node.name, node.shape, setup, device.memory, device.name)
    elif (need := memory_of(node, device, hardware, devices, likely)).total > device.memory:
        raise ConfigError(
            f"{node.name}: {need.total / 2**30:.1f} GiB are needed on one {device.name}, to draw completions",
            hint="hardware.sampling_rows smaller, or an engine that cuts the model over several devices",
        )


Moved = Sequence[tuple[NodeCost, NodeCost]]
"""For each guess, the costs with its lowest and with its highest value."""


def _line(copies: Sequence[PricedNode], at: NodeCost, moved: Moved, place: _Place, likely: Assumed) -> BillLine:
    node = copies[0]
    disk, checkpoints = disk_of(node, at)
    memory = memory_of(node, place.device, place.hardware, place.devices, likely)
    line = _spans(node.name, len(copies), at, moved)
    return replace(line, memory=memory, disk=disk * len(copies), checkpoints=checkpoints)


def _spans(name: str, copies: int, at: NodeCost, moved: Moved) -> BillLine:
    def span(of: Callable[[NodeCost], float]) -> Span:
        return combined(of(at), [(of(low), of(high)) for low, high in moved])

    return BillLine(
        node=name,
        copies=copies,
        drawn_tokens=span(lambda c: c.drawn_tokens),
        learned_tokens=span(lambda c: c.learned_tokens),
        hours=span(lambda c: c.seconds / 3600),
        device_hours=span(lambda c: c.device_hours),
        usd=span(lambda c: c.usd),
        floor_hours=span(lambda c: c.floor_s / 3600),
        memory=MemoryNeed(),
        disk=0.0,
        checkpoints=0.0,
    )


def combined(likely: float, moved: Sequence[tuple[float, float]]) -> Span:
    """Independent deviations together; see the module's first lines."""
    if likely <= 0:
        return Span(0.0, likely, 0.0)
    down = up = 0.0
    for pair in moved:
        least, most = min(*pair, likely), max(*pair, likely)
        down += math.log(likely / max(least, likely / 1e6)) ** 2
        up += math.log(most / likely) ** 2
    return Span(likely * math.exp(-math.sqrt(down)), likely, likely * math.exp(math.sqrt(up)))


def _sum(costs: Iterable[NodeCost]) -> NodeCost:
    total = NOTHING
    for one in costs:
        total = NodeCost(*(a + b for a, b in zip(_values(total), _values(one), strict=True)))
    return total


def _values(one: NodeCost) -> tuple[float, ...]:
    return (one.drawn_tokens, one.learned_tokens, one.seconds, one.floor_s, one.device_hours, one.usd)


def _unknown(nodes: Sequence[PricedNode]) -> list[str]:
    """What the configuration of these nodes leaves open."""
    unknown = []
    sizes = dict.fromkeys(n.name for n in nodes if _has_unknown_rows(n))
    if sizes:
        unknown.append(f"rows of the data of {', '.join(sizes)}: `rows` is assumed (download them, or set a limit)")
    if any(node.work.drawn for node in nodes):
        unknown.append("how long completions become as the policy learns: `mean_completion` is assumed throughout")
    return [*unknown, "runs that fail or are repeated with other values: `repeats`", "hours of people"]


def _has_unknown_rows(node: PricedNode) -> bool:
    learned = node.work.learned
    open_rows = learned is not None and learned.sequences is None and node.rows is None
    return open_rows or any(drawing.prompts is None for drawing in node.work.drawn)

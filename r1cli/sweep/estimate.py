"""What a sweep would train and how long that takes, for `--dry-run`; and what all of its cells share.

A time is what a stage of the same node took in this store, if it had as much to do; otherwise it is unknown. Runs
nothing and loads no torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from r1cli.engine import plan as engine
from r1cli.engine.job import Job
from r1cli.engine.plan import PlanRow, PlanState
from r1cli.results.replicates import flat
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.sweep.grid import Cell

COST = ("steps", "epochs", "batch_size", "rollout_size", "data", "general", "sampling", "model")
"""Parts of a stage's configuration whose whole numbers, seeds left out, decide what it costs."""


@dataclass(frozen=True)
class CellPlan:
    """One cell, and how many of its stages are stored."""

    number: int
    name: str
    to_run: int
    stored: int


@dataclass(frozen=True)
class NodePlan:
    """Nodes of the same name in the same state: one if all cells share it, else as many as there are copies."""

    node: str
    state: PlanState
    copies: int
    cells: tuple[int, ...]
    work: str
    """`80 updates`, `3 epochs`; empty where there is no such number."""
    steps: int
    seconds: float | None
    """Of one copy, as measured; None: unknown."""


@dataclass(frozen=True)
class SweepPlan:
    """All cells together."""

    cells: tuple[CellPlan, ...]
    nodes: tuple[NodePlan, ...]
    at_once: int

    def summary(self) -> str:
        """How much there is to do, in one line."""
        to_run = [node for node in self.nodes if node.state != "stored"]
        if not to_run:
            return "everything is stored"
        stages = sum(node.copies for node in to_run)
        steps = sum(node.copies * node.steps for node in to_run)
        costs = []
        if known := sum(node.copies * node.seconds for node in to_run if node.seconds is not None):
            beside = f" with {self.at_once} cells at once" if self.at_once > 1 else ""
            costs.append(f"about {known / self.at_once / 60:.0f} min{beside}")
        if unknown := dict.fromkeys(node.node for node in to_run if node.seconds is None):
            costs.append(f"time unknown for {', '.join(unknown)}")
        return f"{stages} stages to run, {steps} updates; {', '.join(costs)}"


def plan(cells: Sequence[Cell], jobs: Sequence[Job], *, at_once: int = 1) -> SweepPlan:
    """What `jobs`, one for each cell, would do; without cells, what the only job would do."""
    rows = [engine.plan(job) for job in jobs]
    cell_plans = []
    for cell, own in zip(cells, rows, strict=False):
        stored = sum(row.state == "stored" for row in own)
        cell_plans.append(CellPlan(cell.number, cell.name, to_run=len(own) - stored, stored=stored))
    history = Store(jobs[0].store).entries()
    return SweepPlan(tuple(cell_plans), tuple(_node_plans(rows, history)), at_once)


def shared(jobs: Sequence[Job]) -> list[str]:
    """Nodes that every job needs and that are not stored, inputs first."""
    nodes = [[row.node for row in engine.plan(job) if row.state != "stored"] for job in jobs]
    common = set.intersection(*({node.fingerprint for node in of_job} for of_job in nodes))
    return [node.name for node in nodes[0] if node.fingerprint in common]


@dataclass
class _Use:
    """A result that cells need."""

    row: PlanRow
    cells: list[int] = field(default_factory=list)


def _node_plans(rows: Sequence[Sequence[PlanRow]], history: Sequence[Entry]) -> Iterator[NodePlan]:
    uses: dict[str, _Use] = {}  # by fingerprint
    for cell, own in enumerate(rows):
        for row in own:
            uses.setdefault(row.node.fingerprint, _Use(row)).cells.append(cell)
    alike: dict[tuple[str, PlanState, str, int, float | None], list[_Use]] = {}
    for use in uses.values():
        work, steps = _work(use.row.node.stage.config())
        key = (use.row.node.name, use.row.state, work, steps, _measured(use.row, history))
        alike.setdefault(key, []).append(use)
    for (name, state, work, steps, seconds), copies in alike.items():
        numbers = {cell for use in copies for cell in use.cells}
        yield NodePlan(name, state, len(copies), tuple(sorted(numbers)), work, steps, seconds)


def _work(config: dict[str, Any]) -> tuple[str, int]:
    """What a stage does, in words, and the number of its updates where it is known."""
    if isinstance(steps := config.get("steps"), int):
        return f"{steps} updates", steps
    if (epochs := config.get("epochs")) is not None:
        return f"{epochs} epochs", 0
    return "", 0


def _measured(row: PlanRow, history: Sequence[Entry]) -> float | None:
    """Seconds of the newest stage of the same node that had as much to do."""
    if row.seconds is not None:
        return row.seconds
    cost = _cost(row.node.identity)
    for entry in reversed(history):
        if entry.node == row.node.name and _cost(entry.manifest.identity) == cost:
            return entry.seconds
    return None


def _cost(identity: dict[str, Any]) -> set[tuple[str, int]]:
    config = identity.get("config", {})
    numbers = set()
    for key, value in flat({part: config.get(part) for part in COST}):
        if isinstance(value, int) and not isinstance(value, bool) and not key.endswith("seed"):
            numbers.add((key, value))
    return numbers

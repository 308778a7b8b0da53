"""What a sweep would train, and what its cells share: for `--dry-run`, and to make the shared part first.

Times are those that stages of the same node with the same work took in this store; without such a stage they are
unknown. Runs nothing and loads no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from r1cli.engine import plan as engine
from r1cli.engine.job import Job
from r1cli.engine.plan import PlanRow
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.sweep.grid import Cell

WORK = ("steps", "epochs", "batch_size", "rollout_size", "data", "general", "sampling", "model")
"""Parts of a stage's identity that its cost depends on: their whole numbers, seeds left out."""


@dataclass(frozen=True)
class CellPlan:
    """One cell: how many of its stages are there."""

    number: int
    name: str
    to_run: int
    stored: int


@dataclass(frozen=True)
class NodePlan:
    """Nodes of the same name in the same state: one if all cells share it, else as many as there are copies."""

    node: str
    state: str
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
        todo = [n for n in self.nodes if n.state != "stored"]
        stages = sum(n.copies for n in todo)
        if not stages:
            return "everything is stored"
        known = sum(n.copies * n.seconds for n in todo if n.seconds is not None)
        unknown = list(dict.fromkeys(n.node for n in todo if n.seconds is None))
        steps = sum(n.copies * n.steps for n in todo)
        minutes = f"about {known / self.at_once / 60:.0f} min" if known else ""
        beside = f" with {self.at_once} cells at once" if self.at_once > 1 and minutes else ""
        missing = f"time unknown for {', '.join(unknown)}" if unknown else ""
        cost = ", ".join(filter(None, [f"{minutes}{beside}", missing]))
        return f"{stages} stages to run, {steps} updates; {cost}"


def plan(cells: Sequence[Cell], jobs: Sequence[Job], *, at_once: int = 1) -> SweepPlan:
    """What `jobs`, one for each cell, would do; without cells, what the only job would do."""
    store = Store(jobs[0].store)
    rows = [engine.plan(job) for job in jobs]
    history = store.entries()
    told = [
        CellPlan(c.number, c.name, sum(r.state != "stored" for r in mine), sum(r.state == "stored" for r in mine))
        for c, mine in zip(cells, rows, strict=False)
    ]
    return SweepPlan(tuple(told), tuple(_nodes(jobs, rows, history)), at_once)


def shared(jobs: Sequence[Job]) -> list[str]:
    """Nodes that every one of the jobs wants next and nobody has made, in the order of making."""
    rows = [{r.node.fingerprint: r.node.name for r in engine.plan(job) if r.state != "stored"} for job in jobs]
    return [node for print_, node in rows[0].items() if all(print_ in others for others in rows)]


def _nodes(jobs: Sequence[Job], rows: Sequence[Sequence[PlanRow]], history: Sequence[Entry]) -> Iterable[NodePlan]:
    cells: dict[str, list[int]] = {}
    first: dict[str, tuple[PlanRow, Job]] = {}
    for number, (job, mine) in enumerate(zip(jobs, rows, strict=True)):
        for row in mine:
            cells.setdefault(row.node.fingerprint, []).append(number)
            first.setdefault(row.node.fingerprint, (row, job))
    groups: dict[tuple[str, str, str, float | None], list[str]] = {}
    for print_, (row, job) in first.items():
        config = job.stages[row.node.name].config()
        key = (row.node.name, row.state, _work(config)[0], _measured(row, history))
        groups.setdefault(key, []).append(print_)
    for (node, state, work, seconds), prints in groups.items():
        steps = sum(_work(first[p][1].stages[node].config())[1] for p in prints[:1])
        used = sorted({number for p in prints for number in cells[p]})
        yield NodePlan(node, state, len(prints), tuple(used), work, steps, seconds)


def _work(config: dict[str, Any]) -> tuple[str, int]:
    if isinstance(steps := config.get("steps"), int):
        return f"{steps} updates", steps
    if (epochs := config.get("epochs")) is not None:
        return f"{epochs} epochs", 0
    return "", 0


def _measured(row: PlanRow, history: Sequence[Entry]) -> float | None:
    """Seconds of the newest stage of the same node that had as much to do."""
    if row.seconds is not None:
        return row.seconds
    wanted = _cost(row.node.identity)
    for entry in reversed(history):
        m = entry.manifest
        if m.node == row.node.name and _cost(m.identity) == wanted:
            return m.seconds
    return None


def _cost(identity: dict[str, Any]) -> set[tuple[str, int]]:
    config = identity.get("config", {})
    return {(key, value) for k in WORK for key, value in _plain(config.get(k), k) if not key.endswith("seed")}


def _plain(value: Any, at: str) -> Iterable[tuple[str, int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _plain(inner, f"{at}.{key}")
    elif isinstance(value, int) and not isinstance(value, bool):
        yield at, value

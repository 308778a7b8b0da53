"""What `r1 run` would do with each node, and why: `r1 plan`. Runs nothing and loads no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from r1cli.engine.explain import explain
from r1cli.engine.job import Job, Node
from r1cli.engine.versions import MATTER, versions
from r1cli.layout import read_progress
from r1cli.store.records import Entry
from r1cli.store.store import Store

PlanState = Literal["stored", "running", "resumable", "to run"]


@dataclass(frozen=True)
class PlanRow:
    """What would become of one node."""

    node: Node
    state: PlanState
    reasons: list[str]
    """Why it is to be made (again), key by key; for a stored one, what is worth knowing."""
    path: Path
    """Where the result is or will be."""
    seconds: float | None
    """How long it took, if it is stored."""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "node": self.node.name,
            "kind": self.node.kind,
            "fingerprint": self.node.fingerprint,
            "state": self.state,
            "reasons": self.reasons,
            "seconds": self.seconds,
            "path": str(self.path),
        }


def plan(job: Job) -> list[PlanRow]:
    """What `execute` would do with each node, and why. Writes nothing but remembered file hashes.

    Raises:
        R1Error: the job's graph cannot be resolved, or the store holds something else under a node's name.
    """
    graph, store = job.graph, Store(job.store)
    stored: dict[str, Entry] = {}
    for name, node in graph.nodes.items():
        if entry := store.get(name, node.fingerprint):
            stored[name] = entry
    needed = graph.needed(stored)
    here = versions(MATTER)
    history = store.entries() if needed - stored.keys() else []
    rows: list[PlanRow] = []
    for name, node in graph.nodes.items():
        if name in stored:
            rows.append(_stored_row(node, stored[name], here))
        elif name in needed:
            rows.append(_open_row(node, store, history, stored))
    return rows


def _stored_row(node: Node, entry: Entry, here: Mapping[str, str]) -> PlanRow:
    then = entry.manifest.versions
    remarks: list[str] = []
    for library, now in here.items():
        if then.get(library, now) != now:
            remarks.append(f"made with {library} {then[library]}, here is {now}")
    return PlanRow(node, "stored", remarks, entry.path, entry.seconds)


def _open_row(node: Node, store: Store, history: Sequence[Entry], stored: Mapping[str, Entry]) -> PlanRow:
    reasons = _why(node, [e for e in history if e.node == node.name], stored)
    path = store.path(node.name, node.fingerprint)
    partial = store.partial(node.name, node.fingerprint)
    if partial is None or partial.state == "stopped":
        return PlanRow(node, "to run", reasons, path, None)
    if progress := read_progress(partial.path):
        reasons = [f"at {progress.done} of {progress.total}", *reasons]
    return PlanRow(node, partial.state, reasons, path, None)


def _why(node: Node, made_before: Sequence[Entry], stored: Mapping[str, Entry]) -> list[str]:
    """What differs from the most similar result of the same node, the newest of several."""
    if not made_before:
        return ["never made"]
    differences = [explain(e.manifest.identity, node.identity) for e in reversed(made_before)]
    return [_about_input(line, node, stored) for line in min(differences, key=len)]


def _about_input(line: str, node: Node, stored: Mapping[str, Entry]) -> str:
    """Say of an input that changed upstream which node it is, and whether that one is made again."""
    for role, source in node.inputs.items():
        if line == f"inputs.{role}: changed upstream" and isinstance(source, str):
            return f"input {source} has changed" if source in stored else f"input {source} is made again"
    return line

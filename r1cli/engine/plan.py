"""What `r1 run` would do with each node, and why: `r1 plan`. Runs nothing and loads no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from r1cli.engine.fingerprint import explain
from r1cli.engine.job import Job
from r1cli.engine.nodes import Node, needed_nodes, resolve
from r1cli.engine.versions import MATTER, versions
from r1cli.store.records import Entry
from r1cli.store.store import Store


@dataclass(frozen=True)
class PlanRow:
    """What would become of one node."""

    node: str
    kind: str
    fingerprint: str
    state: Literal["stored", "running", "resumable", "to run"]
    reasons: list[str]
    """Why it is to be made (again), key by key; for a stored one, what is worth knowing."""
    path: str
    """Where the result is or will be."""
    seconds: float | None
    """How long it took, if it is stored."""


def plan(job: Job) -> list[PlanRow]:
    """What `execute` would do with each node, and why. Writes nothing but remembered file hashes."""
    nodes, store = resolve(job), Store(job.store)
    entries = {n: store.get(n, node.fingerprint) for n, node in nodes.items()}
    needed = needed_nodes(nodes, job.targets, entries)
    history = store.entries()
    return [
        _stored_row(nodes[name], entry) if entry else _open_row(nodes[name], store, history, entries)
        for name, entry in entries.items()
        if entry or name in needed
    ]


def _stored_row(node: Node, entry: Entry) -> PlanRow:
    here, there = versions(MATTER), entry.manifest.versions
    remarks = [f"made with {lib} {there[lib]}, here is {v}" for lib, v in here.items() if there.get(lib, v) != v]
    m = entry.manifest
    return PlanRow(node.name, node.kind, node.fingerprint, "stored", remarks, str(entry.path), m.seconds)


def _open_row(node: Node, store: Store, history: list[Entry], entries: Mapping[str, Entry | None]) -> PlanRow:
    state: Literal["running", "resumable", "to run"] = "to run"
    reasons = _why(node, [e for e in history if e.manifest.node == node.name], entries)
    if partial := store.partial(node.name, node.fingerprint):
        state = "running" if partial.running else "resumable" if partial.resumable else "to run"
        if state != "to run" and (progress := _progress(partial.path)):
            reasons = [progress, *reasons]
    path = str(store.path(node.name, node.fingerprint))
    return PlanRow(node.name, node.kind, node.fingerprint, state, reasons, path, None)


def _why(node: Node, made_before: list[Entry], entries: Mapping[str, Entry | None]) -> list[str]:
    """What differs from the most similar result of the same node, the newest of several."""
    if not made_before:
        return ["never made"]
    differences = [explain(e.manifest.identity, node.identity) for e in reversed(made_before)]
    return [_about_input(line, node, entries) for line in min(differences, key=len)]


def _about_input(line: str, node: Node, entries: Mapping[str, Entry | None]) -> str:
    for role, source in node.inputs.items():
        if line == f"inputs.{role}: changed upstream" and isinstance(source, str):
            return f"input {source} {'has changed' if entries[source] else 'is made again'}"
    return line


def _progress(path: Path) -> str:
    try:
        progress = json.loads((path / "progress.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return ""
    return f"at {progress['done']} of {progress['total']}"

"""A job's nodes with their fingerprints, and which of them have to be there: what planning and executing share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from r1cli.artifact import Artifact
from r1cli.engine.fingerprint import FileHashes, external_fingerprint, fingerprint, stage_identity
from r1cli.engine.job import Job
from r1cli.engine.recipe import Recipe
from r1cli.stage import Stage
from r1cli.store.records import Entry


@dataclass(frozen=True)
class Node:
    """A node of the recipe with all that its fingerprint is made of."""

    name: str
    stage: Stage
    inputs: dict[str, Artifact | str]
    """Role -> a thing from outside, or the name of the node that makes it."""
    identity: dict[str, Any]
    data: dict[str, str]
    """Data file -> sha256."""

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.identity)

    @property
    def kind(self) -> str:
        return type(self.stage).__name__

    @property
    def parents(self) -> list[str]:
        return [source for source in self.inputs.values() if isinstance(source, str)]


def resolve(job: Job) -> dict[str, Node]:
    """The nodes that the targets need, inputs first."""
    recipe = Recipe({n: s.inputs for n, s in job.stages.items()}, external=job.external.keys())
    hashes = FileHashes(job.store.expanduser() / ".hashes")
    external: dict[str, Artifact] = {}
    nodes: dict[str, Node] = {}
    for name in recipe.subgraph(job.targets or job.stages).order():
        inputs: dict[str, Artifact | str] = {}
        for role, source in job.stages[name].inputs.items():
            if source not in nodes and source not in external:
                external[source] = _with_fingerprint(job.external[source], hashes)
            inputs[role] = source if source in nodes else external[source]
        nodes[name] = _node(name, job.stages[name], inputs, nodes, hashes)
    return nodes


def needed_nodes(nodes: Mapping[str, Node], targets: Iterable[str], entries: Mapping[str, Entry | None]) -> set[str]:
    """The targets, and the inputs of whatever is missing: a stored result needs nothing upstream of it."""
    needed = set(targets) or set(nodes)
    for name in reversed(list(nodes)):
        if name in needed and entries[name] is None:
            needed.update(nodes[name].parents)
    return needed


def _with_fingerprint(artifact: Artifact, hashes: FileHashes) -> Artifact:
    return artifact.model_copy(update={"fingerprint": external_fingerprint(artifact, hashes)})


def _node(
    name: str, stage: Stage, inputs: dict[str, Artifact | str], nodes: Mapping[str, Node], hashes: FileHashes
) -> Node:
    data: dict[str, str] = {}

    def hash_and_note(path: Path) -> str:
        data[str(path)] = hashes(path)
        return data[str(path)]

    upstream = {role: nodes[s].fingerprint if isinstance(s, str) else s.fingerprint for role, s in inputs.items()}
    return Node(name, stage, inputs, stage_identity(stage, upstream, hash_and_note), data)

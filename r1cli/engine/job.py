"""Job: what a command asks for, as typed objects; and its graph, resolved once: nodes in order, with fingerprints.

Composing a configuration makes a Job; `plan`, `execute` and a sweep's estimates all take it, and its `graph`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from r1cli.artifact import Artifact
from r1cli.engine.fingerprint import FileHashes, external_fingerprint, fingerprint, stage_identity
from r1cli.engine.hardware import Hardware
from r1cli.engine.recipe import Recipe
from r1cli.layout import HASHES
from r1cli.stage import Stage
from r1cli.tracking.settings import Tracking


@dataclass(frozen=True)
class Job:
    """Some stages of a recipe, and all that is needed to run them."""

    name: str
    """Of the recipe, or of the one stage that was asked for; the W&B group begins with it."""
    stages: dict[str, Stage]
    """The recipe's nodes, in declaration order."""
    external: dict[str, Artifact]
    """What inputs may name besides nodes: things from outside, by the name that the input uses."""
    targets: tuple[str, ...]
    """Nodes that are wanted; what they need comes along. Empty: all."""
    hardware: Hardware
    tracking: Tracking
    store: Path
    """Folder of the store; made when something is first written."""
    private: bool = False
    """Is the store for its owner alone?"""
    at_once: int = 1
    """Jobs like this one that share the machine."""
    cell: str = ""
    """Of a sweep: what sets this job apart from the others."""
    group: str = ""
    """Of the W&B runs: that of the sweep; empty: the recipe and its results make one."""
    remarks: tuple[str, ...] = ()
    """Said before it runs: which benchmarks are left out, and why."""

    @cached_property
    def graph(self) -> Graph:
        """The nodes that the targets need, resolved when it is first asked for; hashes data files.

        Raises:
            RecipeError: an input or a target names no node, or nodes need each other in a circle.
            DataError: a data file cannot be read.
            ConfigError: a model from outside does not exist.
        """
        return _resolved(self)


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
        """sha256 of the identity."""
        return fingerprint(self.identity)

    @property
    def kind(self) -> str:
        """Class of the stage."""
        return type(self.stage).__name__

    @property
    def parents(self) -> list[str]:
        """The nodes that it takes as inputs."""
        return [source for source in self.inputs.values() if isinstance(source, str)]


@dataclass(frozen=True)
class Graph:
    """The nodes that a job's targets need, inputs first."""

    nodes: Mapping[str, Node]
    targets: Collection[str]

    @property
    def fingerprints(self) -> dict[str, str]:
        """Node -> fingerprint."""
        return {name: node.fingerprint for name, node in self.nodes.items()}

    def needed(self, stored: Collection[str]) -> set[str]:
        """The targets, and the inputs of whatever is not stored: a stored result needs nothing upstream of it."""
        needed = set(self.targets)
        for name in reversed(list(self.nodes)):
            if name in needed and name not in stored:
                needed.update(self.nodes[name].parents)
        return needed


def _resolved(job: Job) -> Graph:
    recipe = Recipe({n: s.inputs for n, s in job.stages.items()}, external=job.external.keys())
    targets = job.targets or tuple(job.stages)
    hashes = FileHashes(job.store.expanduser() / HASHES)
    external: dict[str, Artifact] = {}
    nodes: dict[str, Node] = {}
    for name in recipe.subgraph(targets).order():
        inputs: dict[str, Artifact | str] = {}
        for role, source in job.stages[name].inputs.items():
            if source in nodes:
                inputs[role] = source
                continue
            if source not in external:
                external[source] = _with_fingerprint(job.external[source], hashes)
            inputs[role] = external[source]
        nodes[name] = _node(name, job.stages[name], inputs, nodes, hashes)
    return Graph(nodes, targets)


def _with_fingerprint(artifact: Artifact, hashes: FileHashes) -> Artifact:
    if artifact.fingerprint:  # of a stored result, whose maker is known
        return artifact
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

"""Walk a recipe: for each node reuse its result, or wait for whoever makes it, or resume it, or run it.

`plan` says what would happen and why, `execute` does it, `status` and `log_path` look at what happened. Only `execute`
ever loads torch, and only if there is something to make.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from r1cli import __version__
from r1cli.artifact import Artifact
from r1cli.engine import launch
from r1cli.engine.fingerprint import fingerprint
from r1cli.engine.job import Job
from r1cli.engine.nodes import Node, needed_nodes, resolve
from r1cli.engine.plan import PlanRow, plan
from r1cli.engine.versions import LIBRARIES, versions
from r1cli.engine.worker import Spec
from r1cli.errors import StoreError
from r1cli.stage import Placement, Stage
from r1cli.store import history
from r1cli.store.lock import Holder
from r1cli.store.records import Claim, Entry, Made, Manifest, Origin, Work
from r1cli.store.status import StatusRow, log_path, status
from r1cli.store.store import Store

if TYPE_CHECKING:
    from r1cli.terminal.console import Progress

__all__ = ["Event", "PlanRow", "Result", "StatusRow", "execute", "log_path", "plan", "status"]


@dataclass(frozen=True)
class Result:
    """What became of one node."""

    node: str
    kind: str
    fingerprint: str
    state: Literal["reused", "made", "resumed"]
    seconds: float
    path: str


@dataclass(frozen=True)
class Event:
    """Something that a watcher wants to know at once."""

    what: Literal["reused", "waiting", "started", "resumed", "made"]
    node: str
    kind: str
    path: Path
    """The entry, or the partial one while at work."""
    seconds: float | None = None
    """How long it took, if it is complete."""
    holder: Holder | None = None
    """Whom we wait for."""


def execute(
    job: Job, *, on_event: Callable[[Event], None] = lambda _: None, show: Progress | None = None
) -> list[Result]:
    """Have every target of the job in the store; returns what became of each node, in order.

    Raises:
        R1Error: a mistake that was seen before anything ran, or one that a stage found.
        StageFailed: a stage broke. What it did so far is kept where it has checkpoints.
    """
    nodes, store = resolve(job), Store(job.store)
    entries = {n: store.get(n, node.fingerprint) for n, node in nodes.items()}
    needed = needed_nodes(nodes, job.targets, entries)
    execution = _Execution(job, store, nodes, on_event, show)
    execution.check([n for n in nodes if n in needed and entries[n] is None])
    history.record(store.root, _run(job, nodes))
    return [execution.obtain(name) for name, entry in entries.items() if entry or name in needed]


def _run(job: Job, nodes: Mapping[str, Node]) -> history.Run:
    fingerprints = {n: node.fingerprint for n, node in nodes.items()}
    name = f"{job.name} {job.cell}".rstrip()
    return history.Run(name=name, started=time.time(), targets=list(job.targets or job.stages), nodes=fingerprints)


@dataclass(frozen=True)
class _Execution:
    """One walk through a recipe."""

    job: Job
    store: Store
    nodes: Mapping[str, Node]
    on_event: Callable[[Event], None]
    show: Progress | None

    @cached_property
    def placement(self) -> Placement:
        return launch.resolve(self.job.hardware, at_once=self.job.at_once)

    @cached_property
    def group(self) -> str:
        """Same recipe, same results: an execution that goes on with another's work joins its W&B group."""
        return (
            self.job.group
            or f"{self.job.name}-{fingerprint({n: node.fingerprint for n, node in self.nodes.items()})[:8]}"
        )

    def check(self, names: list[str]) -> None:
        """Look for every mistake that can be seen now, before the first of these nodes runs."""
        if not names:
            return
        launch.quiet_libraries(self.placement)
        launch.calm_threads()
        for name in names:
            self.nodes[name].stage.check()
        self.job.tracking.check()

    def obtain(self, name: str) -> Result:
        """Have the node's result in the store."""
        node = self.nodes[name]
        if entry := self.store.get(name, node.fingerprint):
            return self._reused(entry)
        with self.store.claim(name, node.fingerprint, lambda holder: self._waiting(node, holder)) as claim:
            # Whoever we waited for may have made it.
            if entry := self.store.get(name, node.fingerprint):
                return self._reused(entry)
            return self._make(node, claim)

    def _make(self, node: Node, claim: Claim) -> Result:
        if claim.complete:
            entry = self.store.finish(claim)
        else:
            # A result without a manifest was left by an orphan: its command was killed, its stage ended well.
            work = (self.store.work(claim) if claim.result.exists() else None) or self._work(node, claim)
            entry = self.store.publish(claim, self._manifest(node, claim, work))
        self._tell("made", entry)
        return _result(entry, "resumed" if entry.manifest.resumed else "made")

    def _work(self, node: Node, claim: Claim) -> Work:
        placement = launch.place(node.stage, self.placement)
        work = Work(
            node=node.name,
            kind=node.kind,
            fingerprint=node.fingerprint,
            device=placement.device,
            processes=placement.processes,
        )
        work = self.store.begin(claim, work, config=_yaml(node.stage))
        self.on_event(Event("resumed" if len(work.attempts) > 1 else "started", node.name, node.kind, claim.path))
        spec = Spec(
            node=node.name,
            entry=claim.path,
            stage=node.stage,
            inputs={role: self._artifact(source) for role, source in node.inputs.items()},
            placement=placement,
            tracking=self.job.tracking,
            group=self.group,
            lineage={role: self._origin(source) for role, source in node.inputs.items()},
        )
        launch.launch(spec, lock_fd=claim.lock_fd, show=self.show, on_child=claim.held_by)
        return self.store.work(claim) or work

    def _manifest(self, node: Node, claim: Claim, work: Work) -> Manifest:
        made = {name: Made.model_validate(m) for name, m in json.loads(claim.result.read_text()).items()}
        return Manifest(
            node=node.name,
            kind=node.kind,
            target=node.identity["target"],
            fingerprint=node.fingerprint,
            identity=node.identity,
            seed=node.stage.seed,
            inputs={role: self._lineage(source) for role, source in node.inputs.items()},
            artifacts=made,
            data=node.data,
            versions={"python": platform.python_version(), "r1cli": __version__, **versions(LIBRARIES)},
            seconds=work.seconds,
            started=work.attempts[0].started,
            resumed=len(work.attempts) - 1,
            attempts=work.attempts,
            device=work.device,
            processes=work.processes,
        )

    def _artifact(self, source: Artifact | str) -> Artifact:
        if isinstance(source, Artifact):
            return source
        entry = self.store.get(source, self.nodes[source].fingerprint)
        if entry is None:
            hint = "somebody removed it; the same command makes it again"
            raise StoreError(f"the result of '{source}' has gone from {self.store.root}", hint=hint)
        return entry.artifacts()["out"]

    def _origin(self, source: Artifact | str) -> str:
        """An input's name for W&B: its entry, path or hub id."""
        if isinstance(source, Artifact):
            return source.location
        return self.store.path(source, self.nodes[source].fingerprint).name

    def _lineage(self, source: Artifact | str) -> Origin:
        artifact = self._artifact(source)
        node = source if isinstance(source, str) else ""
        return Origin(node=node, fingerprint=artifact.fingerprint, location=artifact.location)

    def _reused(self, entry: Entry) -> Result:
        self._tell("reused", entry)
        return _result(entry, "reused")

    def _tell(self, what: Literal["reused", "made"], entry: Entry) -> None:
        m = entry.manifest
        self.on_event(Event(what, m.node, m.kind, entry.path, seconds=m.seconds))

    def _waiting(self, node: Node, holder: Holder) -> None:
        path = self.store.path(node.name, node.fingerprint)
        self.on_event(Event("waiting", node.name, node.kind, path, holder=holder))


def _result(entry: Entry, state: Literal["reused", "made", "resumed"]) -> Result:
    m = entry.manifest
    return Result(m.node, m.kind, m.fingerprint, state, m.seconds, str(entry.path))


def _yaml(stage: Stage) -> str:
    import yaml

    return yaml.safe_dump(stage.config(), sort_keys=False, allow_unicode=True, width=120)

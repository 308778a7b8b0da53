"""Execute a job: for each node reuse its result, wait for whoever is making it, resume it, or run it.

A stage that fails stops only what depends on it: the other nodes still run, and one error at the end names everything
that failed. That also holds for a user's mistake which only the running stage can see (a bad row in a data file).
A store that cannot be written and Ctrl-C end the whole run at once. torch is loaded only if there is something to make.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from r1cli import __version__
from r1cli.artifact import Artifact
from r1cli.engine import launch, temporary
from r1cli.engine.fingerprint import fingerprint
from r1cli.engine.job import Graph, Job, Node
from r1cli.engine.versions import LIBRARIES, versions
from r1cli.engine.worker import Spec
from r1cli.errors import R1Error, StageFailed, Stopped, StoreError
from r1cli.stage import Listener, NodeEvent, NodeState, Placement, Stage
from r1cli.store import history
from r1cli.store.lease import Lease
from r1cli.store.lock import Holder
from r1cli.store.lock_file import why_no_flock
from r1cli.store.records import Entry, Manifest, Origin, Work
from r1cli.store.store import Store, keep_private


def execute(job: Job, listener: Listener) -> list[NodeEvent]:
    """Have every target of the job in the store; returns the last event of each node, in order.

    Raises:
        R1Error: a mistake that was seen before anything ran.
        StageFailed: one or more stages failed; the message names each. Their checkpoints are kept.
        Stopped: the run was asked to stop, and what the stage at hand had done is saved.
    """
    temporary.clear()
    if job.private:
        keep_private(job.store)
    with temporary.own_folder():
        return _execute(job, listener)


def _execute(job: Job, listener: Listener) -> list[NodeEvent]:
    graph, store = job.graph, Store(job.store)
    stored = {name for name, node in graph.nodes.items() if store.get(name, node.fingerprint)}
    needed = graph.needed(stored)
    run = _Run(job, graph, store, listener)
    for remark in job.remarks:
        listener.note(remark)
    if reason := why_no_flock(store.root):
        listener.note(f"locks of the store are files, not flock: {reason}")
    run.check([node for name, node in graph.nodes.items() if name in needed - stored])
    try:
        history.record(store.root, _note(job, graph))
    except StoreError:
        if needed - stored:
            raise  # nothing could be made either; where all is stored, a store may be read-only
    for name, node in graph.nodes.items():
        if name in needed | stored:
            run.obtain(node)
    if run.errors:
        raise _failure(run.errors, run.events.values())
    return list(run.events.values())


def _note(job: Job, graph: Graph) -> history.Run:
    return history.Run(
        name=f"{job.name} {job.cell}".rstrip(),
        started=time.time(),
        targets=list(graph.targets),
        nodes=graph.fingerprints,
    )


def _failure(errors: Mapping[str, R1Error], events: Collection[NodeEvent]) -> StageFailed:
    """One error that names everything that failed, and counts what was not run because of it."""
    not_run = sum(event.state == "not_run" for event in events)
    because = f"{not_run} stages that depend on it were not run" if not_run else ""
    if len(errors) > 1:
        reasons = "; ".join(_named(node, error) for node, error in errors.items())
        hint = "the same command retries them and reuses the rest"
        log = next((e.log for e in errors.values() if isinstance(e, StageFailed)), None)
        return StageFailed(f"{len(errors)} stages failed: {reasons}", hint=hint, log=log)
    [(node, error)] = errors.items()
    hint = "; ".join(filter(None, [error.hint, because]))
    # Of a user's mistake the message says everything; the log would only add a traceback.
    log = error.log if isinstance(error, StageFailed) else None
    return StageFailed(_named(node, error), hint=hint, log=log)


def _named(node: str, error: R1Error) -> str:
    """The message of a failed stage, which begins with the node's name."""
    return f"{node}: {_reason(node, error)}"


def _reason(node: str, error: R1Error) -> str:
    return error.message.removeprefix(f"{node}: ")


@dataclass(frozen=True)
class _Run:
    """One walk through the nodes of a job."""

    job: Job
    graph: Graph
    store: Store
    listener: Listener
    events: dict[str, NodeEvent] = field(default_factory=dict)
    """Node -> the last that happened to it."""
    errors: dict[str, R1Error] = field(default_factory=dict)
    """Failed node -> why."""

    @cached_property
    def placement(self) -> Placement:
        return launch.resolve(self.job.hardware, at_once=self.job.at_once)

    @cached_property
    def group(self) -> str:
        """Same recipe, same results: an execution that goes on with another's work joins its W&B group."""
        if self.job.group:
            return self.job.group
        return f"{self.job.name}-{fingerprint(self.graph.fingerprints)[:8]}"

    def check(self, nodes: Sequence[Node]) -> None:
        """Look for every mistake that can be seen now, before the first of these nodes runs."""
        if not nodes:
            return
        launch.quiet_libraries(self.placement)
        launch.let_threads_sleep()
        for node in nodes:
            node.stage.check()
        self.job.tracking.check()
        if remark := self.job.tracking.remark():
            self.listener.note(remark)

    def obtain(self, node: Node) -> None:
        """Have the node's result in the store, or say why it is not there."""
        blocked = [f"{parent} failed" for parent in self._failed_ancestors(node)]
        if blocked:
            self._tell("not_run", node, reason=" and ".join(blocked))
            return
        try:
            self._obtain(node)
        except (StoreError, Stopped):
            raise  # whatever comes next would meet it too
        except R1Error as e:
            self.errors[node.name] = e
            self._tell("failed", node, reason=_reason(node.name, e))

    def _failed_ancestors(self, node: Node) -> list[str]:
        """The failed nodes that `node` depends on, directly or through nodes that were not run."""
        failed: list[str] = []
        for parent in node.parents:
            state = self.events[parent].state if parent in self.events else "reused"
            if state == "failed":
                failed.append(parent)
            elif state == "not_run":
                failed += self._failed_ancestors(self.graph.nodes[parent])
        return list(dict.fromkeys(failed))

    def _obtain(self, node: Node) -> None:
        if entry := self.store.get(node.name, node.fingerprint):
            self._tell("reused", node, entry)
            return

        def on_wait(holder: Holder) -> None:
            self._tell("waiting", node, holder=f"process {holder.pid} on {holder.host}")

        with self.store.lease(node.name, node.fingerprint, on_wait) as lease:
            # Whoever we waited for may have made it.
            if entry := self.store.get(node.name, node.fingerprint):
                self._tell("reused", node, entry)
            else:
                self._tell("made", node, self._make(node, lease))

    def _make(self, node: Node, lease: Lease) -> Entry:
        if lease.complete:
            return lease.finish()
        # A result without a manifest was left by an orphan: its command was killed, its stage ended well.
        if lease.result() is None or lease.work() is None:
            self._launch(node, lease)
        return lease.publish(self._manifest(node, lease))

    def _launch(self, node: Node, lease: Lease) -> None:
        for parent in node.parents:
            self._entry(parent).verify()
        placement = launch.place(node.stage, self.placement)
        work = Work(
            node=node.name,
            kind=node.kind,
            fingerprint=node.fingerprint,
            device=placement.device,
            processes=placement.processes,
            strategy=placement.strategy,
        )
        work = lease.begin(work, config=_yaml(node.stage))
        self._tell("resumed" if len(work.attempts) > 1 else "started", node, reason=self._needed_by(node))
        spec = Spec(
            node=node.name,
            entry=lease.path,
            stage=node.stage,
            inputs={role: self._artifact(source) for role, source in node.inputs.items()},
            placement=placement,
            tracking=self.job.tracking,
            group=self.group,
            lineage={role: self._origin(source) for role, source in node.inputs.items()},
        )
        launch.launch(spec, self.listener, lock_fd=lease.lock_fd, on_child=lease.held_by)

    def _needed_by(self, node: Node) -> str:
        """The stages that take a node as input, if it is not a target itself."""
        if node.name in self.graph.targets:
            return ""
        children = [child.name for child in self.graph.nodes.values() if node.name in child.parents]
        return f"needed by {', '.join(children)}"

    def _manifest(self, node: Node, lease: Lease) -> Manifest:
        work, made = lease.work(), lease.result()
        assert work is not None  # written by `begin`, and by the stage that has just returned
        assert made is not None
        about = {"node": node.name, "kind": node.kind, "fingerprint": node.fingerprint}
        return Manifest(
            **{**work.model_dump(), **about},
            target=node.identity["target"],
            identity=node.identity,
            seed=node.stage.seed,
            inputs={role: self._lineage(source) for role, source in node.inputs.items()},
            artifacts=made,
            data=node.data,
            versions={"python": platform.python_version(), "r1cli": __version__, **versions(LIBRARIES)},
        )

    def _artifact(self, source: Artifact | str) -> Artifact:
        return source if isinstance(source, Artifact) else self._entry(source).artifacts()["out"]

    def _entry(self, name: str) -> Entry:
        entry = self.store.get(name, self.graph.nodes[name].fingerprint)
        if entry is None:
            hint = "somebody removed it; the same command makes it again"
            raise StoreError(f"the result of '{name}' has gone from {self.store.root}", hint=hint)
        return entry

    def _origin(self, source: Artifact | str) -> str:
        """An input's name for W&B: its entry, path or hub id."""
        if isinstance(source, Artifact):
            return source.location
        return self.store.path(source, self.graph.nodes[source].fingerprint).name

    def _lineage(self, source: Artifact | str) -> Origin:
        artifact = self._artifact(source)
        node = source if isinstance(source, str) else ""
        return Origin(node=node, fingerprint=artifact.fingerprint, location=artifact.location)

    def _tell(
        self, state: NodeState, node: Node, entry: Entry | None = None, *, holder: str = "", reason: str = ""
    ) -> None:
        partial = self.store.partial(node.name, node.fingerprint)
        unfinished = partial.path if partial else self.store.path(node.name, node.fingerprint)
        event = NodeEvent(
            state=state,
            node=node.name,
            kind=node.kind,
            fingerprint=node.fingerprint,
            path=entry.path if entry else unfinished,
            seconds=entry.manifest.seconds if entry else None,
            holder=holder,
            reason=reason,
        )
        self.events[node.name] = event
        self.listener.node(event)


def _yaml(stage: Stage) -> str:
    import yaml

    return yaml.safe_dump(stage.config(), sort_keys=False, allow_unicode=True, width=120)

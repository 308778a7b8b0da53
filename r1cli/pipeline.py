"""Walk a recipe: for each node reuse its result, or wait for whoever makes it, or resume it, or run it.

`plan` says what would happen and why, `execute` does it, `status` and `log_path` look at what happened. Only `execute`
ever loads torch, and only if there is something to make.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from r1cli import __version__, launch, runs
from r1cli.artifact import Artifact
from r1cli.errors import StoreError
from r1cli.fingerprint import FileHashes, explain, external_fingerprint, fingerprint, stage_identity
from r1cli.hardware import Placement
from r1cli.job import Job
from r1cli.lock import Holder
from r1cli.recipe import Recipe
from r1cli.stage import Stage
from r1cli.store import Claim, Entry, Made, Manifest, Origin, Partial, Store, Work, last_sign_of_life
from r1cli.worker import Spec

if TYPE_CHECKING:
    from r1cli.display import Progress

LIBRARIES = ("torch", "transformers", "trl", "accelerate", "tokenizers", "datasets", "peft", "numpy", "wandb")
"""Their versions stand in every manifest."""
MATTER = ("torch", "transformers", "trl")
"""Libraries whose other version is worth a remark beside a stored result."""


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


@dataclass(frozen=True)
class StatusRow:
    """One result, or one piece of unfinished work, in the store."""

    node: str
    kind: str
    fingerprint: str
    state: Literal["stored", "running", "resumable", "stopped"]
    """stopped: unfinished, with no checkpoint to resume from."""
    seconds: float | None
    """Of all the work on it; of unfinished work from its beginning to its last sign of life."""
    path: str


def plan(job: Job) -> list[PlanRow]:
    """What `execute` would do with each node, and why. Writes nothing but remembered file hashes."""
    nodes, store = _resolve(job), Store(job.store)
    entries = {n: store.get(n, node.fingerprint) for n, node in nodes.items()}
    needed = _needed(nodes, job.targets, entries)
    history = store.entries()
    return [
        _stored_row(nodes[name], entry) if entry else _open_row(nodes[name], store, history, entries)
        for name, entry in entries.items()
        if entry or name in needed
    ]


def execute(
    job: Job, *, on_event: Callable[[Event], None] = lambda _: None, show: Progress | None = None
) -> list[Result]:
    """Have every target of the job in the store; returns what became of each node, in order.

    Raises:
        R1Error: a mistake that was seen before anything ran, or one that a stage found.
        StageFailed: a stage broke. What it did so far is kept where it has checkpoints.
    """
    nodes, store = _resolve(job), Store(job.store)
    entries = {n: store.get(n, node.fingerprint) for n, node in nodes.items()}
    needed = _needed(nodes, job.targets, entries)
    execution = _Execution(job, store, nodes, on_event, show)
    execution.check([n for n in nodes if n in needed and entries[n] is None])
    runs.record(store.root, _run(job, nodes))
    return [execution.obtain(name) for name, entry in entries.items() if entry or name in needed]


def status(store_folder: Path) -> list[StatusRow]:
    """All results and all unfinished work of a store, oldest first, what is unfinished last."""
    store = Store(store_folder)
    stored = [
        StatusRow(m.node, m.kind, m.fingerprint, "stored", m.seconds, str(e.path))
        for e in store.entries()
        for m in [e.manifest]
    ]
    return stored + [_partial_row(p) for p in store.partials()]


def log_path(store_folder: Path, node: str) -> Path:
    """The newest log of a node, of a result or of unfinished work.

    Raises:
        StoreError: the node has none in this store.
    """
    store = Store(store_folder)
    folders = [(e.manifest.node, e.path) for e in store.entries()] + [(p.node, p.path) for p in store.partials()]
    logs = [log for name, path in folders if name == node and (log := path / "log.txt").exists()]
    if not logs:
        known = ", ".join(sorted({name for name, _ in folders})) or "none yet"
        raise StoreError(f"no log of '{node}' in {store.root}", hint=f"nodes with a log: {known}")
    return max(logs, key=lambda p: p.stat().st_mtime)


@dataclass(frozen=True)
class _Node:
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


def _resolve(job: Job) -> dict[str, _Node]:
    """The nodes that the targets need, inputs first."""
    recipe = Recipe({n: s.inputs for n, s in job.stages.items()}, external=job.external.keys())
    hashes = FileHashes(job.store.expanduser() / ".hashes")
    external: dict[str, Artifact] = {}
    nodes: dict[str, _Node] = {}
    for name in recipe.subgraph(job.targets or job.stages).order():
        inputs: dict[str, Artifact | str] = {}
        for role, source in job.stages[name].inputs.items():
            if source not in nodes and source not in external:
                external[source] = _with_fingerprint(job.external[source], hashes)
            inputs[role] = source if source in nodes else external[source]
        nodes[name] = _node(name, job.stages[name], inputs, nodes, hashes)
    return nodes


def _with_fingerprint(artifact: Artifact, hashes: FileHashes) -> Artifact:
    return artifact.model_copy(update={"fingerprint": external_fingerprint(artifact, hashes)})


def _node(
    name: str, stage: Stage, inputs: dict[str, Artifact | str], nodes: Mapping[str, _Node], hashes: FileHashes
) -> _Node:
    data: dict[str, str] = {}

    def hash_and_note(path: Path) -> str:
        data[str(path)] = hashes(path)
        return data[str(path)]

    upstream = {role: nodes[s].fingerprint if isinstance(s, str) else s.fingerprint for role, s in inputs.items()}
    return _Node(name, stage, inputs, stage_identity(stage, upstream, hash_and_note), data)


def _needed(nodes: Mapping[str, _Node], targets: Iterable[str], entries: Mapping[str, Entry | None]) -> set[str]:
    """The targets, and the inputs of whatever is missing: a stored result needs nothing upstream of it."""
    needed = set(targets) or set(nodes)
    for name in reversed(list(nodes)):
        if name in needed and entries[name] is None:
            needed.update(nodes[name].parents)
    return needed


def _run(job: Job, nodes: Mapping[str, _Node]) -> runs.Run:
    fingerprints = {n: node.fingerprint for n, node in nodes.items()}
    return runs.Run(name=job.name, started=time.time(), targets=list(job.targets or job.stages), nodes=fingerprints)


@dataclass(frozen=True)
class _Execution:
    """One walk through a recipe."""

    job: Job
    store: Store
    nodes: Mapping[str, _Node]
    on_event: Callable[[Event], None]
    show: Progress | None

    @cached_property
    def placement(self) -> Placement:
        return launch.resolve(self.job.hardware)

    @cached_property
    def group(self) -> str:
        """Same recipe, same results: an execution that goes on with another's work joins its W&B group."""
        return f"{self.job.name}-{fingerprint({n: node.fingerprint for n, node in self.nodes.items()})[:8]}"

    def check(self, names: list[str]) -> None:
        """Look for every mistake that can be seen now, before the first of these nodes runs."""
        if not names:
            return
        launch.quiet_libraries(self.placement)
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

    def _make(self, node: _Node, claim: Claim) -> Result:
        if claim.complete:
            entry = self.store.finish(claim)
        else:
            # A result without a manifest was left by an orphan: its command was killed, its stage ended well.
            work = (self.store.work(claim) if claim.result.exists() else None) or self._work(node, claim)
            entry = self.store.publish(claim, self._manifest(node, claim, work))
        self._tell("made", entry)
        return _result(entry, "resumed" if entry.manifest.resumed else "made")

    def _work(self, node: _Node, claim: Claim) -> Work:
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

    def _manifest(self, node: _Node, claim: Claim, work: Work) -> Manifest:
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
            versions={"python": platform.python_version(), "r1cli": __version__, **_versions(LIBRARIES)},
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

    def _waiting(self, node: _Node, holder: Holder) -> None:
        path = self.store.path(node.name, node.fingerprint)
        self.on_event(Event("waiting", node.name, node.kind, path, holder=holder))


def _result(entry: Entry, state: Literal["reused", "made", "resumed"]) -> Result:
    m = entry.manifest
    return Result(m.node, m.kind, m.fingerprint, state, m.seconds, str(entry.path))


def _stored_row(node: _Node, entry: Entry) -> PlanRow:
    here, there = _versions(MATTER), entry.manifest.versions
    remarks = [f"made with {lib} {there[lib]}, here is {v}" for lib, v in here.items() if there.get(lib, v) != v]
    m = entry.manifest
    return PlanRow(node.name, node.kind, node.fingerprint, "stored", remarks, str(entry.path), m.seconds)


def _open_row(node: _Node, store: Store, history: list[Entry], entries: Mapping[str, Entry | None]) -> PlanRow:
    state: Literal["running", "resumable", "to run"] = "to run"
    reasons = _why(node, [e for e in history if e.manifest.node == node.name], entries)
    if partial := store.partial(node.name, node.fingerprint):
        state = "running" if partial.running else "resumable" if partial.resumable else "to run"
        if state != "to run" and (progress := _progress(partial.path)):
            reasons = [progress, *reasons]
    path = str(store.path(node.name, node.fingerprint))
    return PlanRow(node.name, node.kind, node.fingerprint, state, reasons, path, None)


def _why(node: _Node, made_before: list[Entry], entries: Mapping[str, Entry | None]) -> list[str]:
    """What differs from the most similar result of the same node, the newest of several."""
    if not made_before:
        return ["never made"]
    differences = [explain(e.manifest.identity, node.identity) for e in reversed(made_before)]
    return [_about_input(line, node, entries) for line in min(differences, key=len)]


def _about_input(line: str, node: _Node, entries: Mapping[str, Entry | None]) -> str:
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


def _partial_row(partial: Partial) -> StatusRow:
    state: Literal["running", "resumable", "stopped"] = "resumable" if partial.resumable else "stopped"
    work = partial.work
    return StatusRow(
        node=partial.node,
        kind=work.kind if work else "",
        fingerprint=partial.fingerprint,
        state="running" if partial.running else state,
        seconds=max(0.0, last_sign_of_life(partial.path) - work.attempts[0].started) if work else None,
        path=str(partial.path),
    )


def _yaml(stage: Stage) -> str:
    import yaml

    return yaml.safe_dump(stage.config(), sort_keys=False, allow_unicode=True, width=120)


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for library in libraries:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found

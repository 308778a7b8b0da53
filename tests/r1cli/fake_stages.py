"""Ten-line stages without any model in them, and jobs made of them; importable by child processes too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.component import Component
from r1cli.engine import execute as engine
from r1cli.engine.hardware import Hardware
from r1cli.engine.job import Job
from r1cli.errors import ConfigError, DataError, R1Error
from r1cli.stage import Context, ModelSpec, NodeEvent, Stage
from r1cli.tracking.settings import Tracking

MODEL = ModelSpec(
    name="fake",
    path=None,
    revision=None,
    template="{question}",
    max_tokens=8,
    dtype="float32",
    lora=None,
    architecture=None,
    student=None,
)


class NoLicence(R1Error):
    """An error of another package."""


class Count(Stage):
    """Count to `steps`, with a checkpoint after each; every step leaves a line in the file `trace`."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"trace", "pause_s", "at_end", "loss"})
    NOT_IDENTITY_KEYS: ClassVar[dict[str, frozenset[str]]] = {"trainer": frozenset({"logging_steps"})}

    steps: int = 3
    trainer: dict[str, Any] = {}
    trace: str = os.devnull
    pause_s: float = 0
    at_end: str = ""
    loss: str = "1"

    def run(self, ctx: Context) -> dict[str, Artifact]:
        at = ctx.checkpoint / "at"
        begin = int(at.read_text()) if at.exists() else 0
        for step in range(begin, self.steps):
            with Path(self.trace).open("a") as f:
                f.write(f"{ctx.name} {step} {os.getpid()}\n")
            time.sleep(self.pause_s)
            at.with_suffix(".new").write_text(str(step + 1))
            at.with_suffix(".new").replace(at)
            ctx.tracker.progress(step + 1, self.steps, loss=float(self.loss))
        if self.at_end == "raise":
            raise ValueError("the loss is nan\nand more lines")
        if self.at_end == "complain":
            raise DataError("rows.jsonl:3 is not JSON", hint="mend it")
        if self.at_end == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        (ctx.out / "model").mkdir(exist_ok=True)
        heard = ",".join((i.path / "text").read_text() for i in ctx.inputs.values())
        (ctx.out / "model" / "text").write_text(f"{ctx.name}({heard})")
        return {"out": artifact.model(ctx.out / "model")}

    def check(self) -> None:
        if self.trainer.get("learning_rate", 0) < 0:
            raise ConfigError("trainer.learning_rate is negative", hint="make it positive")


class Judge(Component):
    """A component with nothing but a version."""


class Judged(Count):
    judge: Judge


class Ranks(Stage):
    """Each process leaves a file named after its rank in `trace`; with `die` the second one kills itself."""

    trace: str
    die: bool = False

    def run(self, ctx: Context) -> dict[str, Artifact]:
        place = ctx.placement
        Path(self.trace, f"{place.rank} of {place.processes}").touch()
        if self.die and place.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"out": artifact.model(ctx.out)}


def count(inputs: dict[str, str] | None = None, **fields: Any) -> Count:
    return Count(inputs=inputs or {}, seed=1, model=MODEL, **fields)


def chain(**fields: Any) -> dict[str, Stage]:
    """a -> b -> c."""
    return {"a": count(**fields), "b": count({"model": "a"}, **fields), "c": count({"model": "b"}, **fields)}


def job(store: Path, stages: dict[str, Stage], *, targets: tuple[str, ...] = (), **external: Artifact) -> Job:
    return Job(
        name="fake",
        stages=stages,
        external=external,
        targets=targets,
        hardware=Hardware(name="cpu", device="cpu", processes=1, per_device_batch=8),
        tracking=Tracking(name="none", backend="none", mode="offline", project="p", entity=None, tags=[]),
        store=store,
    )


class Recorder:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[NodeEvent] = []
        self.updates: list[tuple[str, int, int, dict[str, float | None]]] = []
        self.notes: list[str] = []

    def node(self, event: NodeEvent) -> None:
        self.events.append(event)

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        self.updates.append((node, done, total, dict(shown)))

    def note(self, line: str) -> None:
        self.notes.append(line)

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(e.node, e.state) for e in self.events]


def execute(the_job: Job, listener: Recorder | None = None) -> list[NodeEvent]:
    return engine.execute(the_job, listener or Recorder())


def lines(trace: Path) -> list[str]:
    """`<node> <step>` of each step that was made, in order."""
    return [line.rpartition(" ")[0] for line in trace.read_text().splitlines()] if trace.exists() else []

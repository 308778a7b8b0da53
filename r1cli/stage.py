"""Stage, Context and Listener: what the author of a stage must know, and what a run reports while it works.

A stage is a frozen pydantic model whose fields are its configuration, with one method that does the work. It gets a
`Context` and nothing else: no globals, no paths of its own. Values live in `conf/`, so fields that the YAML sets have
no defaults here. A `Listener` is whoever follows a run: the terminal, a sweep, a test.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from r1cli.artifact import Artifact, Kind
from r1cli.component import Component
from r1cli.errors import ConfigError
from r1cli.machine import cores


class Tracker(Protocol):
    """Where a running stage reports numbers; see r1cli.tracking.tracker."""

    def log(self, metrics: Mapping[str, float | int | None], *, step: int) -> None:
        """Metrics of one step (names as W&B shows them, `train/loss`)."""

    def progress(self, done: int, total: int, **shown: float) -> None:
        """How far the stage is, and the one to three numbers that a person watches."""

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """A small table (sampled completions, say), kept locally and sent to W&B."""

    def warn(self, said: str, *, step: int, metric: str, value: float) -> None:
        """Something is wrong with the training, in words, and the metric that shows it (its name without `train/`)."""

    def rewind(self, step: int) -> None:
        """Forget metrics later than `step`: a stage that resumes from a checkpoint writes them again."""

    def summary(self, values: Mapping[str, Any]) -> None:
        """Final numbers of the stage."""


NodeState = Literal["reused", "waiting", "started", "resumed", "made", "failed", "not_run"]


@dataclass(frozen=True)
class NodeEvent:
    """A node of the recipe changed its state. The last event of each node is its result."""

    state: NodeState
    node: str
    kind: str
    """Class of its stage."""
    fingerprint: str
    path: Path
    """The entry, or its unfinished folder while the stage runs."""
    seconds: float | None = None
    """Of all attempts together; known once the result is complete."""
    holder: str = ""
    """While waiting: the process that makes the same result."""
    reason: str = ""
    """Why it failed, why it was not run, or which stages need it if it is not a target itself."""


class Listener(Protocol):
    """Follows a run. All calls come from the process that executes it, while it executes."""

    def node(self, event: NodeEvent) -> None:
        """A node was reused, started, finished, failed, ..."""

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """A stage did `done` of `total` steps; `shown` are finite numbers, or None for NaN and infinities."""

    def note(self, line: str) -> None:
        """Anything else that is worth one line."""


class SilentListener:
    """For runs that nobody follows: tests, and a stage's own process (its parent reads progress.json)."""

    def node(self, event: NodeEvent) -> None:
        """Ignored."""

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """Ignored."""

    def note(self, line: str) -> None:
        """Ignored."""


Device = Literal["cpu", "cuda"]
Precision = Literal["auto", "bf16", "fp16", "fp32"]
"""Of matrix products while training; auto: the fastest that the device computes in."""
Strategy = Literal["ddp", "fsdp2", "zero2", "zero3"]
"""How several processes share the training of one model; docs/hardware.md."""


class Placement(BaseModel):
    """What one process of a running stage knows of where it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Device
    processes: int = 1
    """How many processes share the stage, on all machines together."""
    rank: int = 0
    """Number of this process among them."""
    strategy: Strategy = "ddp"
    nodes: int = 1
    """How many machines they run on."""
    replicas: int = 1
    """Copies of a sharded model (fsdp2); each is spread over `processes / replicas` processes."""
    threads: int = Field(default_factory=cores)
    """Threads of each process, in torch and in whatever else computes in threads."""
    per_device_batch: int = 64
    """Most sequences of one forward pass on one device."""
    sampling_rows: int = 128
    """Completions drawn at a time."""
    tokens_per_forward: int | None = 1024
    """Tokens of one forward pass with gradients, padding included; None: as many as memory allows."""
    precision: Precision = "auto"

    @property
    def is_main(self) -> bool:
        """True in the one process that writes, prints and tracks."""
        return self.rank == 0

    def share(self, global_batch: int) -> int:
        """How many sequences of a batch one process takes.

        Raises:
            ConfigError: the batch cannot be shared equally by the processes.
        """
        share, rest = divmod(global_batch, self.processes)
        if rest:
            raise ConfigError(
                f"a batch of {global_batch} cannot be shared equally by {self.processes} processes",
                hint=f"make it a multiple of {self.processes}, or change hardware.processes",
            )
        return share

    def split(self, global_batch: int) -> tuple[int, int]:
        """(per-device batch, accumulation steps) that make up `global_batch` sequences.

        Raises:
            ConfigError: the batch cannot be shared equally by the processes.
        """
        share = self.share(global_batch)
        per_device = next(n for n in range(min(share, self.per_device_batch), 0, -1) if share % n == 0)
        return per_device, share // per_device


@dataclass(frozen=True)
class Context:
    """What a running stage gets."""

    name: str
    """The node's name in its recipe."""
    inputs: Mapping[str, Artifact]
    """The stage's inputs by role, resolved to places on disk (or hub ids)."""
    out: Path
    """Folder for what the stage makes; emptied before a fresh start, kept at a resume."""
    checkpoint: Path
    """Folder that survives a crash and is deleted when the stage is complete."""
    tracker: Tracker
    placement: Placement
    """Device, number of processes, this process's rank, batch limits."""
    log: logging.Logger
    stopping: Callable[[], bool] = lambda: False
    """Was the run asked to stop? A stage that STOPS then saves its work and raises `r1cli.errors.Stopped`."""


@dataclass(frozen=True)
class Drawing:
    """Completions that a stage samples."""

    prompts: int | None
    """None: the configuration does not say how many there are."""
    per_prompt: int
    """Completions of each."""
    cap: int
    """Longest completion in tokens."""
    awaited: int | None = None
    """Prompts whose completions must all be there before the work goes on, the longest included; None: all."""


@dataclass(frozen=True)
class Learning:
    """Sequences that a stage trains on."""

    sequences: int | None
    """In one pass; None: as many as the input `data` holds, or as the data's files do."""
    longest: int
    """Tokens of the longest, the prompt left out."""
    passes: int = 1
    together: int = 1
    """Sequences that one example is made of: 2 for a pair."""
    reference: bool = False
    """Does a reference model compute their log-probabilities, too (pi_ref)?"""
    old: bool = False
    """Does the policy compute their log-probabilities once more before it learns (pi_old)?"""
    scored: float = 0.0
    """How many sequences reward models score, in all passes and by all models together."""


@dataclass(frozen=True)
class Workload:
    """What a stage has to do, in the numbers of its configuration: what the bill is made of."""

    drawn: tuple[Drawing, ...] = ()
    learned: Learning | None = None
    architecture: Mapping[str, Any] | None = None
    """Arguments of the configuration of a model that the stage makes from nothing."""
    kept: int | None = None
    """Most completions that the stage keeps of those that it samples."""
    mixed_in: int = 0
    """Rows that it adds to them."""


class ModelSpec(Component):
    """What stages need to know of a model beside its weights (`conf/model/*.yaml`)."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name", "path", "revision", "architecture", "shape", "student"})

    name: str
    path: str | None
    """Hub id or local folder; None: made by the stage `base`."""
    revision: str | None
    """Commit of the hub id; None: the newest."""
    template: str
    """Text of a prompt, with `{question}` where the question goes; `chat`: the form that the model's tokenizer has."""
    max_tokens: int
    """Longest prompt plus completion, in tokens."""
    dtype: str
    """Of the weights while training: float32 or bfloat16."""
    lora: dict[str, Any] | None
    """Arguments of peft.LoraConfig; None trains all weights."""
    architecture: dict[str, Any] | None
    """Arguments of transformers.Qwen2Config for a model made here; None for one from a hub."""
    shape: dict[str, Any] | None = None
    """The part of its published `config.json` that costs are computed from; None: looked up where the weights are."""
    student: dict[str, Any] | None
    """`path`, `revision` and `architecture` of the smaller model that distillation trains."""


class Stage(Component):
    """One kind of step. Fields are the config; `run` is what happens.

    `inputs` names, by role, the node (or path, or hub id) that each input comes from.
    """

    MAKES: ClassVar[Kind] = "model"
    """Kind of the main artifact, which `run` returns under the key "out"."""
    PARALLEL: ClassVar[bool] = False
    """Can several processes share the work? See `is_shared`."""
    STOPS: ClassVar[bool] = False
    """Does `run` ask `ctx.stopping` again and again? Any other stage is ended at once when the run is to stop."""
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"inputs"})
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "max_tokens", "dtype", "lora"})
    """The fields of `model` that this kind reads; the others are no part of its results' identity."""

    inputs: dict[str, str]
    seed: int
    model: ModelSpec

    @abstractmethod
    def run(self, ctx: Context) -> dict[str, Artifact]:
        """Do the work, resuming from `ctx.checkpoint` if there is something in it; return what was made."""

    def is_shared(self) -> bool:
        """Can several processes share the work as it is configured? Otherwise it runs in one, whatever the hardware."""
        return self.PARALLEL

    def missing(self, *, fetch: bool = False) -> str:
        """Data without which it cannot run, and which is not to be had; empty where nothing is missing.

        Only what may be left out answers: a benchmark is skipped, a stage of a recipe fails in `check`. A network is
        asked only with `fetch`, to get what a hub has.
        """
        return ""

    def workload(self) -> Workload | None:
        """What there is to do, for the bill; None: this kind of stage cannot say. Reads no data and loads no torch."""
        return None

    def trimmed(self, *, fetch: bool) -> tuple[Stage, dict[str, str]]:
        """The stage without parts of its data that are missing and may be, and why each of those is left out."""
        return self, {}

    def check(self) -> None:
        """Find mistakes before anything runs (in trainer keys, say). May import torch and trl.

        Raises:
            ConfigError: something is wrong.
        """

"""What runs in a store right now, read from its files by another process: `r1 watch`. Needs nothing but the folder.

Unfinished entries whose lock is held are running. How far they are is in progress.json, how the reward went in
metrics.jsonl, what the policy writes in tables/*.jsonl. All three may be written while they are read: half a line is
skipped, and a missing file means that the stage has just been published.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from r1cli.files import children, finite, json_objects, open_own
from r1cli.layout import METRICS, TABLES, StageProgress, read_progress
from r1cli.store.records import Partial, last_sign_of_life
from r1cli.store.store import Store

TAIL_BYTES = 1 << 18
"""Read from the end of a growing file: some hundred steps."""
SERIES = ("train/reward", "train/loss")
"""The metric to draw: the first of these that the stage logs."""


@dataclass(frozen=True)
class Sample:
    """The newest completion that the stage has shown."""

    step: int
    prompt: str
    completion: str
    right: bool | None
    """None: not verified, or not verifiable."""


@dataclass(frozen=True)
class RunningStage:
    """A stage at work."""

    node: str
    kind: str
    fingerprint: str
    device: str
    processes: int
    done: int | None
    """Steps, or prompts; None: it has not begun to count yet."""
    total: int | None
    shown: Mapping[str, float]
    """The one to three numbers that a person watches."""
    seconds: float
    """Since this attempt began."""
    eta_s: float | None
    """Until the end, at the pace seen so far; None: not known yet."""
    series: str
    """Name of the numbers in `values`; empty if there are none."""
    values: Sequence[float]
    """One for each of the last steps."""
    sample: Sample | None


@dataclass(frozen=True)
class EndedWork:
    """The work that ended last."""

    node: str
    fingerprint: str
    state: str
    """stored, resumable, or stopped (with nothing to resume from)."""
    ended: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Snapshot:
    """A store at one moment."""

    running: Sequence[RunningStage]
    last: EndedWork | None


@dataclass
class Watcher:
    """Takes snapshots of one store, and estimates the speed of its stages from one to the next."""

    store: Store
    first: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Fingerprint -> time and steps done when it was first seen at work."""

    def look(self) -> Snapshot:
        """The store at this moment."""
        partials = self.store.partials()
        at_work = sorted((p for p in partials if p.running), key=lambda p: (_began(p), p.path.name))
        running = [self._running(p) for p in at_work]
        past = [EndedWork(p.node, p.fingerprint, p.state, last_sign_of_life(p.path)) for p in partials if not p.running]
        if not running:  # reading all manifests takes long, and is needed only where nothing runs
            past += [EndedWork(e.node, e.fingerprint, e.state, e.manifest.ended) for e in self.store.entries()]
        return Snapshot(running, max(past, key=lambda p: p.ended, default=None))

    def _running(self, partial: Partial) -> RunningStage:
        work, began = partial.work, _began(partial)
        progress = read_progress(partial.path)
        if progress is not None and progress.time < began:
            progress = None  # of an earlier attempt
        name, values = _series(_tail(partial.path / METRICS))
        running = RunningStage(
            node=partial.node,
            kind=partial.kind,
            fingerprint=partial.fingerprint,
            device=work.device if work else "",
            processes=work.processes if work else 1,
            done=None,
            total=None,
            shown={},
            seconds=max(0.0, time.time() - began),
            eta_s=None,
            series=name,
            values=values,
            sample=_sample(partial.path / TABLES),
        )
        if progress is None:
            return running
        shown = {name: value for name, value in progress.shown.items() if value is not None}
        eta_s = self._eta(partial, progress, began)
        return replace(running, done=progress.done, total=progress.total, shown=shown, eta_s=eta_s)

    def _eta(self, partial: Partial, progress: StageProgress, began: float) -> float | None:
        done, total, at = progress.done, progress.total, progress.time
        since, done_then = self.first.setdefault(partial.fingerprint, (at, done))
        if done <= done_then and partial.work is not None and len(partial.work.attempts) == 1:
            since, done_then = began, 0  # not resumed: all of it was done in this attempt
        if done <= done_then or done >= total:
            return None
        left = (at - since) / (done - done_then) * (total - done)
        return max(0.0, left - (time.time() - at))


def printable(text: str, longest: int) -> str:
    """A model's text as one line that is harmless to a terminal: no control or invisible characters."""
    safe = "".join(c if unicodedata.category(c)[0] not in "CZ" or c == " " else _visible(c) for c in text)
    return safe if len(safe) <= longest else f"{safe[: longest - 1]}…"


def _visible(character: str) -> str:
    if character == "\n":
        return "⏎"
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def _began(partial: Partial) -> float:
    """When this attempt began (seconds since the epoch); now, if that is not on record yet."""
    return partial.work.attempts[-1].started if partial.work and partial.work.attempts else time.time()


def _tail(path: Path) -> list[dict[str, Any]]:
    """The last whole lines of a growing JSONL file, oldest first."""
    try:
        with open_own(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return []
    return [row for row in json_objects(lines) if row is not None]


def _series(metrics: Sequence[Mapping[str, Any]]) -> tuple[str, list[float]]:
    for name in SERIES:
        if values := [value for m in metrics if (value := finite(m.get(name))) is not None]:
            return name.removeprefix("train/"), values
    return "", []


def _sample(tables: Path) -> Sample | None:
    """The last completion of the newest table that has one."""
    known = sorted((p for p in children(tables) if p.suffix == ".jsonl"), key=lambda p: p.stat().st_mtime)
    for path in reversed(known):
        rows = [r for r in _tail(path) if isinstance(r.get("completion"), str)]
        if rows:
            last = rows[-1]
            accuracy, step = finite(last.get("accuracy")), finite(last.get("step"))
            right = None if accuracy is None else accuracy > 0
            return Sample(int(step or 0), str(last.get("prompt", "")), last["completion"], right)
    return None

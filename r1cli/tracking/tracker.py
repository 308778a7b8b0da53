"""Where a stage's numbers go: files in its own folder, always, and one W&B run per stage, if wanted.

The files are what the rest of r1cli reads (`r1 status`, `r1 compare`); W&B is for people. So a file that cannot be
written stops the stage; a failure of W&B does not: it is switched off with one warning.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from r1cli.files import drop_torn_line, json_objects, replace_bytes, replace_text
from r1cli.layout import METRICS, SUMMARY, TABLES, WARNINGS, TrainingWarning, write_progress
from r1cli.stage import Listener
from r1cli.tracking.settings import Tracking
from r1cli.tracking.wandb import WandbRun, start

PROGRESS_EVERY_S = 0.5  # replacing a file costs milliseconds, as much as a small model's step


class QuietTracker:
    """Reports nothing: for all processes of a stage but the first."""

    def log(self, metrics: Mapping[str, float | int | None], *, step: int) -> None:
        """Nothing."""

    def progress(self, done: int, total: int, **shown: float) -> None:
        """Nothing."""

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Nothing."""

    def warn(self, said: str, *, step: int, metric: str, value: float) -> None:
        """Nothing."""

    def rewind(self, step: int) -> None:
        """Nothing."""

    def summary(self, values: Mapping[str, Any]) -> None:
        """Nothing."""


class RunTracker:
    """Reports one stage; a context manager, because a W&B run has to be finished however the stage ends."""

    def __init__(self, entry: Path, *, node: str, run: WandbRun | None, listener: Listener) -> None:
        self._entry, self._node, self._run, self._listener = entry, node, run, listener
        self._metrics = entry / METRICS
        self._progress_written = 0.0
        for log in self._logs():
            drop_torn_line(log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._run is not None:
            self._run.finish(complete=kind is None)

    def log(self, metrics: Mapping[str, float | int | None], *, step: int) -> None:
        """Append one line to metrics.jsonl; a number that JSON cannot hold (NaN, infinity) is null there."""
        _append(self._metrics, [{"step": step, **metrics}])
        if self._run is not None:
            self._run.log({k: v for k, v in metrics.items() if v is not None}, step=step)

    def progress(self, done: int, total: int, **shown: float) -> None:
        """Report how far the stage is: in progress.json, for other processes, and to the listener."""
        now, numbers = time.time(), _finite(shown)
        if done >= total or now - self._progress_written >= PROGRESS_EVERY_S:
            write_progress(self._entry, done, total, numbers)
            self._progress_written = now
        self._listener.progress(self._node, done, total, numbers)

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Append rows to tables/<name>.jsonl; W&B shows those of one step as a table."""
        _append(self._entry / TABLES / f"{name}.jsonl", [{"step": step, **row} for row in rows])
        if self._run is not None:
            self._run.table(name, rows, step=step)

    def warn(self, said: str, *, step: int, metric: str, value: float) -> None:
        """Append one line to warnings.jsonl, tell the listener, and raise a W&B alert."""
        warning = TrainingWarning(step=step, said=said, metric=metric, value=value)
        _append(self._entry / WARNINGS, [warning.model_dump()])
        self._listener.note(warning.line(self._node))
        if self._run is not None:
            self._run.alert(f"{self._node}: {metric}", f"update {step}: {said}")

    def rewind(self, step: int) -> None:
        """Drop metrics and table rows later than `step`, which a resumed stage writes again.

        Lines that cannot be read go too: a damaged metric is no reason never to finish the training.
        """
        for path in self._logs():
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if _step_of(line) <= step]
            replace_bytes(path, b"".join(kept))

    def summary(self, values: Mapping[str, Any]) -> None:
        """Final numbers: merged into summary.json."""
        path = self._entry / SUMMARY
        # Of an earlier attempt; if it is damaged, what this attempt says is all there is.
        before = next(json_objects([path.read_bytes()])) if path.exists() else None
        replace_text(path, _json({**(before or {}), **values}))
        if self._run is not None:
            self._run.summary(values)

    def _logs(self) -> list[Path]:
        return [
            p
            for p in (self._metrics, self._entry / WARNINGS, *sorted((self._entry / TABLES).glob("*.jsonl")))
            if p.exists()
        ]


def open_tracker(
    tracking: Tracking,
    *,
    entry: Path,
    group: str,
    kind: str,
    node: str,
    config: dict[str, Any],
    lineage: dict[str, str],
    listener: Listener,
) -> RunTracker:
    """Start or continue reporting for one stage.

    Args:
        tracking: what is wanted.
        entry: the stage's folder; its name, `<node>-<fingerprint>`, is the name of the artifact that the stage makes.
        group: the recipe's run, shared by all its stages.
        kind: class name of the stage.
        node: the stage's name in the recipe.
        config: the stage's resolved configuration.
        lineage: for each input, by role, the entry name (or path, or hub id) that it comes from.
        listener: hears of every step.

    Raises:
        ConfigError: an online run is wanted and W&B has no login.
    """
    entry.mkdir(parents=True, exist_ok=True)
    run = None
    if tracking.backend == "wandb":
        tracking.check()
        run = start(tracking, entry, lineage=lineage, group=group, job_type=kind, name=node, config=config)
    return RunTracker(entry, node=node, run=run, listener=listener)


def _json(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    """The same, with None for NaN and infinities: strict JSON has no such numbers."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {k: _finite(v) for k, v in value.items()}
        case list() | tuple():
            return [_finite(v) for v in value]
    return value


def _append(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as f:
        f.writelines(_json(row) + "\n" for row in rows)


def _step_of(line: bytes) -> float:
    """The step that a line is about; infinity if the line is damaged, so that it counts as later than any."""
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return math.inf
    return step if isinstance(step, int) else math.inf

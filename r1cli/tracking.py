"""Where a stage's numbers go: files in its own folder, always, and one W&B run per stage, if wanted.

The files are what the rest of r1cli reads (`r1 status`, `r1 compare`); W&B is for people. So a file that cannot be
written stops the stage, and W&B in trouble does not: it is given up with one warning.

A W&B run belongs to a node of a recipe: group = the recipe's run, job_type = the stage's kind, name = the node. Its id
is kept beside the checkpoint, so that a stage that resumes goes on with its own run. Metrics are drawn over
`train/global_step`; W&B's own step counts calls and means nothing here. What a stage makes is an artifact named after
its folder in the store; offline, W&B cannot say which artifacts a run used, so that stands in the config and in the
artifact's metadata too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from r1cli.component import Component
from r1cli.errors import ConfigError

if TYPE_CHECKING:
    import wandb

    from r1cli.display import Progress

STEP = "train/global_step"
PROGRESS_EVERY_S = 0.5  # replacing a file costs milliseconds, as much as a small model's step
_log = logging.getLogger(__name__)


class Tracking(Component):
    """`conf/tracking/*.yaml`."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name", "backend", "mode", "project", "entity", "tags"})

    name: str
    backend: Literal["wandb", "none"]
    mode: Literal["online", "offline"]
    """offline: written below the stage's folder, nothing sent; `wandb sync` sends it later."""
    project: str
    entity: str | None
    """W&B account or team; None: the account's default."""
    tags: list[str]

    def check(self) -> None:
        """Make sure that an online run can log in; asked before anything is trained.

        Raises:
            ConfigError: W&B has no key for its server, or one that cannot be right.
        """
        if self.backend == "none" or self.mode == "offline":
            return
        import wandb
        from wandb.sdk.lib import wbauth

        hint = "run `wandb login`, set WANDB_API_KEY, or keep tracking=wandb_offline"
        server = wandb.setup().settings.base_url
        try:
            found = wbauth.authenticate_session(host=server, source="r1", prompt=False, update_session=False)
        except wandb.errors.AuthenticationError as e:
            raise ConfigError(f"tracking={self.name}: {e}", hint=hint) from e
        if found is None:
            raise ConfigError(f"tracking={self.name}: not logged in to W&B at {server}", hint=hint)


class QuietTracker:
    """Reports nothing: for all processes of a stage but the first."""

    def log(self, metrics: Mapping[str, float | int | None], *, step: int) -> None:
        """Nothing."""

    def progress(self, done: int, total: int, **shown: float) -> None:
        """Nothing."""

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Nothing."""

    def rewind(self, step: int) -> None:
        """Nothing."""

    def summary(self, values: Mapping[str, Any]) -> None:
        """Nothing."""


class RunTracker:
    """Reports one stage; a context manager, because a W&B run has to be finished however the stage ends."""

    def __init__(self, entry: Path, *, node: str, run: WandbRun | None, show: Progress | None) -> None:
        self._entry, self._node, self._run, self._show = entry, node, run, show
        self._metrics = entry / "metrics.jsonl"
        self._progress_written = 0.0
        for log in self._logs():
            _drop_torn_line(log)

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
        """Say how far the stage is: to progress.json, for other processes, and to the terminal."""
        now = time.time()
        if done >= total or now - self._progress_written >= PROGRESS_EVERY_S:
            state = {"done": done, "total": total, "shown": shown, "time": now, "pid": os.getpid()}
            _replace(self._entry / "progress.json", _json(state))
            self._progress_written = now
        if self._show is not None:
            self._show.update(self._node, done, total, shown)

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Append rows to tables/<name>.jsonl; W&B shows those of one step as a table."""
        _append(self._entry / "tables" / f"{name}.jsonl", [{"step": step, **row} for row in rows])
        if self._run is not None:
            self._run.table(name, rows, step=step)

    def rewind(self, step: int) -> None:
        """Drop metrics and table rows later than `step`, which a resumed stage writes again."""
        for log in self._logs():
            with log.open(encoding="utf-8") as lines:
                kept = [line for line in lines if json.loads(line)["step"] <= step]
            _replace(log, "".join(kept))

    def summary(self, values: Mapping[str, Any]) -> None:
        """Final numbers: merged into summary.json."""
        path = self._entry / "summary.json"
        before = json.loads(path.read_text("utf-8")) if path.exists() else {}
        _replace(path, _json({**before, **values}))
        if self._run is not None:
            self._run.summary(values)

    def _logs(self) -> list[Path]:
        return [p for p in (self._metrics, *sorted((self._entry / "tables").glob("*.jsonl"))) if p.exists()]


class WandbRun:
    """One W&B run that may fail without harm: at its first trouble it is given up, and later calls do nothing."""

    def __init__(self, run: wandb.Run, *, output: str, lineage: Mapping[str, str]) -> None:
        self._run: wandb.Run | None = run
        self._output, self._lineage = output, lineage
        self._attempt(self._prepare)

    def log(self, metrics: Mapping[str, Any], *, step: int) -> None:
        """Metrics of one training step."""
        self._attempt(lambda run: run.log({**metrics, STEP: step}))

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Rows of one step as a table; what is neither text nor number goes in as JSON."""
        import wandb

        columns: list[str | int] = list(dict.fromkeys(key for row in rows for key in row))
        data = [[_cell(row.get(str(key))) for key in columns] for row in rows]
        table = wandb.Table(columns=columns, data=data, allow_mixed_types=True)
        self._attempt(lambda run: run.log({name: table, STEP: step}))

    def summary(self, values: Mapping[str, Any]) -> None:
        """Final numbers."""
        self._attempt(lambda run: run.summary.update(dict(values)))

    def finish(self, *, complete: bool) -> None:
        """Close the run, so that the next stage of this process gets one of its own; log what a complete stage made."""
        if complete:
            self._attempt(lambda run: run.log_artifact(_artifact(self._output, inputs=self._lineage)))
        self._attempt(lambda run: run.finish(exit_code=0 if complete else 1))

    def _prepare(self, run: wandb.Run) -> None:
        run.define_metric(STEP)
        run.define_metric("*", step_metric=STEP)
        if not run.offline:
            for name in self._lineage.values():
                run.use_artifact(_artifact(name))

    def _attempt(self, call: Callable[[wandb.Run], object]) -> None:
        if self._run is None:
            return
        try:
            call(self._run)
        except Exception:  # noqa: BLE001 - another program behind a socket; whatever it raises is no reason to stop training
            _log.warning("W&B is given up for this stage; metrics.jsonl goes on", exc_info=True)
            self._run = None
            _end_service()


def open_tracker(
    tracking: Tracking,
    *,
    entry: Path,
    group: str,
    kind: str,
    node: str,
    config: dict[str, Any],
    lineage: dict[str, str],
    show: Progress | None,
) -> RunTracker:
    """Start (or go on with) reporting for one stage.

    Args:
        tracking: what is wanted.
        entry: the stage's folder; its name, `<node>-<fingerprint>`, is the name of the artifact that the stage makes.
        group: the recipe's run, shared by all its stages.
        kind: class name of the stage.
        node: the stage's name in the recipe.
        config: the stage's resolved configuration.
        lineage: for each input, by role, the entry name (or path, or hub id) that it comes from.
        show: the live display, if this process has one.

    Raises:
        ConfigError: an online run is wanted and W&B has no login.
    """
    entry.mkdir(parents=True, exist_ok=True)
    run = None
    if tracking.backend == "wandb":
        tracking.check()
        config = {**config, "lineage": lineage}
        started = _start(tracking, entry, group=group, job_type=kind, name=node, config=config)
        if started is not None:
            run = WandbRun(started, output=entry.name, lineage=lineage)
    return RunTracker(entry, node=node, run=run, show=show)


def _start(tracking: Tracking, entry: Path, **identity: Any) -> wandb.Run | None:
    """The run as wanted; offline if the server cannot be reached; None if W&B does not work at all."""
    import wandb

    for mode in (tracking.mode, "offline"):
        try:
            return wandb.init(
                **identity,
                project=tracking.project,
                entity=tracking.entity,
                tags=tracking.tags,
                mode=mode,
                id=_run_id(entry),
                resume="allow",
                reinit="create_new",  # ours alone: not the global wandb.run, to which libraries log on their own
                dir=entry,
                settings=_settings(wandb.Settings),
            )
        except wandb.errors.UsageError as e:
            raise ConfigError(f"tracking={tracking.name}: {e}", hint="check tracking.project and .entity") from e
        except Exception as e:  # noqa: BLE001 - see WandbRun._attempt
            _log.warning("W&B cannot be used %s: %r", mode, e)
            _end_service()
    return None


def _end_service() -> None:
    """End W&B's own process, dead or stuck with an attempt that failed; the next init starts another."""
    import wandb

    with contextlib.suppress(OSError):
        wandb.teardown(exit_code=1)


def _settings(new: Callable[..., wandb.Settings]) -> wandb.Settings:
    """Quiet, and nothing about the machine: no host, program path, code, git state, package list or load."""
    return new(
        console="off",
        silent=True,
        symlink=False,
        disable_code=True,
        disable_git=True,
        disable_job_creation=True,
        host="",
        x_disable_meta=True,
        x_disable_machine_info=True,
        x_disable_stats=True,
        x_save_requirements=False,
        init_timeout=30,
        # What could not be sent by then stays on disk for `wandb sync`; the next stage need not wait for the network.
        finish_timeout=300,
    )


def _run_id(entry: Path) -> str:
    path = entry / "wandb_id"
    if not path.exists():
        _replace(path, uuid.uuid4().hex[:8])
    return path.read_text("utf-8").strip()


def _artifact(name: str, *, inputs: Mapping[str, str] | None = None) -> wandb.Artifact:
    """An artifact that stands for a store entry: its name is its whole content.

    So W&B takes the one that a stage makes and the one that a later stage uses for the same, and draws the edge.
    """
    import wandb

    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[-128:]
    artifact = wandb.Artifact(safe, type="stage-output", metadata={"entry": name, "inputs": dict(inputs or {})})
    with artifact.new_file("entry.json") as f:
        f.write(_json({"entry": name}))
    return artifact


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, bool, int, float)) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    """The same, with null for numbers that JSON does not know, so that any reader takes the files."""
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


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def _drop_torn_line(path: Path) -> None:
    """Cut off what a killed process wrote of its last line."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        _replace(path, content[: content.rfind(b"\n") + 1].decode("utf-8"))

"""One W&B run for one stage, which may fail without harm to the training.

A W&B run belongs to a node of a recipe: group = the recipe's run, job_type = the stage's kind, name = the node. Its id
is kept beside the checkpoint, so that a stage that resumes continues its own run. Metrics are drawn over
`train/global_step`; W&B's own step counts calls and means nothing here. What a stage makes is an artifact named after
its folder in the store; offline, W&B cannot say which artifacts a run used, so that stands in the config and in the
artifact's metadata too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import ConfigError
from r1cli.layout import WANDB_ID

if TYPE_CHECKING:
    import wandb

    from r1cli.tracking.settings import Tracking

STEP = "train/global_step"
RUN_ID = re.compile("[0-9a-f]{8}")
ALERT_TITLE = 63
"""Characters of an alert's title, at most."""
_log = logging.getLogger(__name__)


def start(
    tracking: Tracking, entry: Path, *, lineage: dict[str, str], config: dict[str, Any], **identity: Any
) -> WandbRun | None:
    """The run as wanted; offline if the server cannot be reached; None if W&B does not work at all.

    The arguments are those of `open_tracker`; `identity` is group, job_type and name of the run. W&B writes below
    `entry`, where the run's id is kept too.

    Raises:
        ConfigError: W&B refuses the project's or the entity's name.
    """
    import wandb

    for mode in (tracking.mode, "offline"):
        try:
            run = wandb.init(
                **identity,
                config={**config, "lineage": lineage},
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
        else:
            return WandbRun(run, output=entry.name, lineage=lineage)
    return None


class WandbRun:
    """One W&B run that may fail without harm: after its first failure, calls do nothing."""

    def __init__(self, run: wandb.Run, *, output: str, lineage: Mapping[str, str]) -> None:
        self._run: wandb.Run | None = run
        self._output, self._lineage = output, lineage
        self._attempt(self._prepare)

    def log(self, metrics: Mapping[str, Any], *, step: int) -> None:
        """Metrics of one training step."""
        self._attempt(lambda run: run.log({**metrics, STEP: step}))

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        """Rows of one step as a table."""
        self._attempt(lambda run: run.log({name: _table(rows), STEP: step}))

    def alert(self, title: str, text: str) -> None:
        """A warning, which W&B sends to whoever wants to know."""
        self._attempt(lambda run: run.alert(title=title[:ALERT_TITLE], text=text, level="WARN"))

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
            _log.warning("W&B is switched off for this stage; metrics.jsonl is still written", exc_info=True)
            self._run = None
            _end_service()


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
    path = entry / WANDB_ID
    known = path.read_text("utf-8", errors="replace").strip() if path.exists() else ""
    if not RUN_ID.fullmatch(known):
        known = uuid.uuid4().hex[:8]
        path.write_text(known, "utf-8")
    return known


def _artifact(name: str, *, inputs: Mapping[str, str] | None = None) -> wandb.Artifact:
    """An artifact that stands for a store entry: its name is its whole content.

    So W&B takes the one that a stage makes and the one that a later stage uses for the same, and draws the edge.
    """
    import wandb

    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[-128:]
    artifact = wandb.Artifact(safe, type="stage-output", metadata={"entry": name, "inputs": dict(inputs or {})})
    with artifact.new_file("entry.json") as f:
        f.write(json.dumps({"entry": name}))
    return artifact


def _table(rows: list[dict[str, Any]]) -> wandb.Table:
    """What is neither text nor number goes in as JSON."""
    import wandb

    columns: list[str | int] = list(dict.fromkeys(key for row in rows for key in row))
    data = [[_cell(row.get(str(key))) for key in columns] for row in rows]
    return wandb.Table(columns=columns, data=data, allow_mixed_types=True)


def _cell(value: Any) -> Any:
    return (
        value if value is None or isinstance(value, (str, bool, int, float)) else json.dumps(value, ensure_ascii=False)
    )

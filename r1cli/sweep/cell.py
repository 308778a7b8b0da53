"""A cell of a sweep while it runs, in whatever process a launcher put it.

It says on every line which cell speaks, keeps its own failure to itself so that the others go on, notes in the sweep's
ledger what became of it, and ends when the command that started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import R1Error, StageFailed
from r1cli.store.store import Store
from r1cli.sweep.grid import name_of
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord

if TYPE_CHECKING:
    from r1cli.config.compose import Composed
    from r1cli.stage import Listener, NodeEvent

LEDGER = "R1_SWEEP"
"""Environment variable with the ledger's folder; Hydra sets it for each job (`hydra.job.env_set`)."""
WATCH_S = 1.0
"""Between two looks at whether the command still lives."""
GRACE_S = 25.0
"""For ending what was started (a stage's own processes); as long as r1cli.engine.launch takes at most."""


@dataclass(frozen=True)
class Cell:
    """This process's cell."""

    ledger: Ledger
    sweep: SweepRecord
    number: int
    name: str
    shared_terminal: bool
    """Other cells write there too."""
    at_once: int
    """Cells on this machine, this one included."""

    def run(self, execute: Callable[[Listener], Sequence[NodeEvent]], *, store: Path, objective: str) -> float | None:
        """Carry the cell out; returns the objective for a search, None if it failed or was not evaluated."""
        from r1cli.terminal.views.sweep import progress_of

        record = CellRecord(number=self.number, name=self.name, state="running", started=time.time())
        self.ledger.write(record)
        try:
            with progress_of(self) as progress:
                results = execute(progress)
                record = _finished(record, results, store)
        except Exception as e:  # noqa: BLE001  (kept in the ledger and told at the end; the other cells go on)
            record = _broken(record, e)
        except BaseException:
            self.ledger.write(record.model_copy(update={"state": "stopped", "ended": time.time()}))
            raise
        self.ledger.write(record.model_copy(update={"ended": time.time()}))
        measure = record.measures.get(objective)
        return None if measure is None else measure["mean"]


def here(composed: Composed) -> Cell | None:
    """The cell that this Hydra job is; None if it is no part of a sweep."""
    folder, job = os.environ.get(LEDGER), composed.hydra.job
    if not folder or "num" not in job:
        return None
    ledger = Ledger(Path(folder))
    sweep, number = ledger.sweep(), int(job.num)
    name = sweep.cells[number] if sweep.cells else name_of(composed.hydra.overrides.task, sweep.swept)
    launcher = str(composed.hydra.launcher.get("_target_"))
    if "joblib" in launcher:
        end_with(sweep.pid)
    # submitit's local launcher starts all cells together and knows no limit.
    together = len(sweep.cells) if "LocalLauncher" in launcher else composed.at_once
    return Cell(ledger, sweep, number, name, shared_terminal="basic_launcher" not in launcher, at_once=together)


def end_with(parent: int) -> None:
    """End this process when its parent has gone, even by kill -9: nobody would hear of what it does.

    What it was doing resumes from its checkpoint. The kernel's parent-death signal would follow the thread that started
    us, not the process.
    """
    name = "ends with its sweep"
    if any(t.name == name for t in threading.enumerate()):
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_S)
        # First so that a stage's own processes are ended too (r1cli.engine.launch), then for certain.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=watch, name=name, daemon=True).start()


def _finished(record: CellRecord, results: Sequence[NodeEvent], store: Path) -> CellRecord:
    evaluations = [r for r in results if r.node.startswith("eval_")]
    update: dict[str, Any] = {
        "state": "done",
        "made": sum(r.state != "reused" for r in results),
        "reused": sum(r.state == "reused" for r in results),
        "evaluations": [r.fingerprint for r in evaluations],
    }
    if evaluations:
        last = evaluations[-1]
        entry = Store(store).get(last.node, last.fingerprint)
        assert entry is not None  # it was made or reused a moment ago
        report = json.loads(entry.artifacts()["out"].path.read_text("utf-8"))
        update["checkpoint"] = last.node.removeprefix("eval_")
        update["measures"] = {k: v for k, v in report.items() if isinstance(v, dict) and "mean" in v}
    return record.model_copy(update=update)


def _broken(record: CellRecord, error: Exception) -> CellRecord:
    """A failure of the stage has its story in the log; anything else brings its traceback along."""
    if isinstance(error, R1Error):
        log = str(error.log) if isinstance(error, StageFailed) and error.log else ""
        return record.model_copy(update={"state": "failed", "error": error.message, "log": log})
    told = "".join(traceback.format_exception(error))
    return record.model_copy(update={"state": "failed", "error": told})

"""Sweeps that Hydra runs: searches, clusters, and whatever launcher a command line names.

Hydra starts each cell where it likes, perhaps on another machine, and hands it a configuration and a number. What the
command knows of the sweep is in the ledger, whose folder each cell finds in an environment variable.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.sweep.cell import failed_cell, run_cell
from r1cli.sweep.grid import name_of
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord
from r1cli.sweep.worker import end_with

if TYPE_CHECKING:
    from r1cli.config.hydra import Composed
    from r1cli.engine.job import Job
    from r1cli.stage import Listener

LEDGER = "R1_SWEEP"
"""Environment variable with the ledger's folder; Hydra sets it for each of its jobs (`hydra.job.env_set`)."""


def ledger_override(ledger: Ledger) -> str:
    """The override that has Hydra set the variable."""
    # In Hydra's grammar a backslash escapes a quote, and another backslash only where those stand before a quote.
    quoted = re.sub(r"(\\*)'", r"\1\1\\'", str(ledger.folder))
    return f"+hydra.job.env_set.{LEDGER}='{quoted}'"


@dataclass(frozen=True)
class HydraCell:
    """The cell that this process is."""

    ledger: Ledger
    sweep: SweepRecord
    number: int
    name: str
    shares_terminal: bool
    """Other cells write there too."""
    at_once: int
    """Cells on this machine, this one included."""

    @classmethod
    def here(cls, composed: Composed) -> HydraCell:
        """The cell that this Hydra job is: the sweep names its ledger in the environment of each."""
        ledger = Ledger(Path(os.environ[LEDGER]))
        sweep, number = ledger.sweep(), int(composed.hydra.job.num)
        name = sweep.cells[number] if sweep.cells else name_of(composed.typed_overrides, sweep.swept)
        launcher = str(composed.hydra.launcher.get("_target_"))
        if "joblib" in launcher:
            end_with(sweep.pid)
        # submitit's local launcher starts all cells together and knows no limit.
        at_once = len(sweep.cells) if "LocalLauncher" in launcher else composed.at_once
        return cls(ledger, sweep, number, name, "basic_launcher" not in launcher, at_once)

    def run(self, compose: Callable[[], Job], listener: Listener, *, objective: str) -> float | None:
        """Compose and execute; returns the measure that a search goes by, None if the cell failed or has none."""
        record = CellRecord(number=self.number, name=self.name, state="running", started=time.time())
        self.ledger.write(record)
        try:
            job = replace(compose(), cell=self.name, group=self.sweep.id, at_once=self.at_once)
            record = run_cell(self.number, job, listener)
        except Exception as error:  # noqa: BLE001  (a search goes on with its next trial)
            record = failed_cell(record, error)
        except BaseException:
            self.ledger.write(record.end("stopped"))
            raise
        self.ledger.write(record)
        measure = record.measures.get(objective)
        return None if measure is None else measure["mean"]

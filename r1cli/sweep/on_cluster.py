"""A sweep on a cluster: one job for what all cells share, then one job a cell.

Each cell's job runs the line of that cell, and writes what became of it into the ledger of the sweep, as the processes
of a sweep on one machine do through the command.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.cluster.script import CELL, ONLY
from r1cli.cluster.submit import Part, Submission, batch, words_of
from r1cli.errors import ConfigError, StageFailed
from r1cli.sweep import estimate
from r1cli.sweep.by_hydra import LEDGER, HydraCell
from r1cli.sweep.ledger import Ledger

if TYPE_CHECKING:
    from r1cli.cluster.settings import Slurm
    from r1cli.engine.job import Job
    from r1cli.stage import Listener
    from r1cli.sweep.grid import Grid, Search

SHARED = "shared"


def submission(sweep: Grid | Search, jobs: Sequence[Job], settings: Slurm, ledger: Path) -> Submission:
    """The jobs of a sweep.

    Args:
        sweep: as its line says.
        jobs: of its cells.
        settings: of the cluster.
        ledger: folder of its ledger.

    Raises:
        ConfigError: it is a search, whose cells nobody can list.
    """
    if sweep.for_hydra is not None:
        raise ConfigError(
            "cluster=slurm: a search, or a launcher of Hydra's, submits its own jobs",
            hint="leave cluster= out and add hydra/launcher=submitit_slurm",
        )
    cells = sweep.cells  # type: ignore[union-attr]  # what has no cells goes through Hydra
    hardware = jobs[0].hardware
    parts = []
    shared = estimate.shared(jobs) if len(jobs) > 1 else []
    if shared:
        words = words_of(sweep.command, cells[0].overrides, sweep.folders)
        job = batch(SHARED, words, settings, hardware, environment={ONLY: ",".join(shared)})
        parts.append(Part(SHARED, job, tuple(shared)))
    for cell in cells:
        variables = {CELL: str(cell.number), LEDGER: str(ledger)}
        words = words_of(sweep.command, cell.overrides, sweep.folders)
        job = batch(f"{sweep.id}-{cell.number + 1}", words, settings, hardware, environment=variables)
        parts.append(Part(cell.name or "cell", job, after=(SHARED,) if shared else ()))
    return Submission(settings, jobs[0].store, tuple(parts))


def is_cell() -> bool:
    """Is this process the job of a cell?"""
    return CELL in os.environ


def run_cell_here(job: Job, listener: Listener, *, objective: str) -> None:
    """Run the cell that this job is, and note what became of it.

    Raises:
        StageFailed: it failed.
    """
    ledger = Ledger(Path(os.environ[LEDGER]))
    sweep, number = ledger.sweep(), int(os.environ[CELL])
    name = sweep.cells[number]
    cell = HydraCell(ledger, sweep, number, name, shares_terminal=False, at_once=1)
    cell.run(lambda: replace(job, cell=name), listener, objective=objective)
    record = ledger.cells()[number]
    if record.state == "failed":
        last = (record.error.strip().splitlines() or ["it failed"])[-1]
        raise StageFailed(last, log=Path(record.log) if record.log else None)

"""Run a sweep: check all cells, run what they share, then the cells, and keep the ledger.

A cell that fails does not stop the others. Running the same command again reuses what is finished, resumes what was
killed and retries what failed: all of that is the store's doing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from r1cli.engine.job import Job
from r1cli.errors import StageFailed
from r1cli.stage import Listener
from r1cli.sweep import estimate
from r1cli.sweep.grid import Grid, Search
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord
from r1cli.sweep.pool import Pool


def begin(sweep: Grid | Search) -> Ledger:
    """Start the ledger of a sweep whose cells have been checked."""
    cells = [cell.name for cell in sweep.cells] if isinstance(sweep, Grid) else []
    record = SweepRecord(
        id=sweep.id,
        line=[sweep.command, *sweep.overrides],
        swept=list(sweep.swept),
        cells=cells,
        pid=os.getpid(),
        at_once=sweep.at_once,
    )
    return Ledger.begin(sweep.store, record)


def in_pool(sweep: Grid, jobs: Sequence[Job], ledger: Ledger, listener: Callable[[str], Listener]) -> None:
    """Run the cells in processes of our own.

    Args:
        sweep: what is run.
        jobs: of its cells.
        ledger: begun for it.
        listener: by the name of a cell, who hears of what it does; the empty name is for what all cells share.

    Raises:
        StageFailed: what all cells start from failed.
    """
    with Pool() as pool:
        if sweep.at_once > 1 and len(jobs) > 1:
            _run_shared(pool, sweep, jobs, listener(""))
        pool.run(jobs, at_once=sweep.at_once, listener=listener, record=ledger.write)


def as_they_ended(ledger: Ledger) -> list[CellRecord]:
    """All cells. No cell outlives its sweep: what is still recorded as running was stopped."""
    return [
        cell.model_copy(update={"state": "stopped"}) if cell.state == "running" else cell for cell in ledger.cells()
    ]


def _run_shared(pool: Pool, sweep: Grid, jobs: Sequence[Job], listener: Listener) -> None:
    """What all cells start from, first and with all cores: cells that wait for one of them would leave cores idle."""
    nodes = estimate.shared(jobs)
    if not nodes:
        return
    listener.note(f"shared by all {len(jobs)} cells: {', '.join(nodes)}")
    job = replace(jobs[0], targets=tuple(nodes), cell="shared", at_once=1)
    [record] = pool.run([job], at_once=1, listener=lambda _: listener, record=lambda _: None)
    if record.state != "done":
        *trace, last_line = record.error.strip().splitlines() or [record.state]
        for line in trace:
            listener.note(line)
        log = Path(record.log) if record.log else None
        raise StageFailed(f"the part that all cells of {sweep.id} share failed: {last_line}", log=log)

"""Run a sweep from beginning to end: check all cells, make what they share, have Hydra launch them, tell the outcome.

Every failure of a cell is kept in the sweep's ledger while the others go on. The same line again reuses what is
finished, resumes what was killed and retries what failed: all of that is the store's doing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.config.compose import Command, job_from, look_up, looking_up, through_hydra
from r1cli.errors import StageFailed
from r1cli.sweep import grid
from r1cli.sweep.cell import LEDGER
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.engine.job import Job
    from r1cli.stage import Listener
    from r1cli.sweep.grid import Sweep

Task = Callable[["DictConfig"], float | None]
CarryOut = Callable[["Job", "Listener"], object]


def run(
    task: Task,
    carry_out: CarryOut,
    command: Command,
    overrides: Sequence[str],
    flags: Sequence[str],
    *,
    folders: Sequence[Path],
) -> None:
    """Carry out a line with `-m`.

    Args:
        task: what Hydra calls for each cell, in whatever process.
        carry_out: executes a job in this process.
        command: whose line it is.
        overrides: the line itself.
        flags: for Hydra.
        folders: of further YAML.

    Raises:
        R1Error: a cell is wrong; nothing was started.
        StageFailed: some cells failed; the others are done.
    """
    found = grid.of(command, overrides, folders=folders)
    jobs = found.jobs()
    ledger = Ledger.of(found.store, found.id)
    record = SweepRecord(
        id=found.id,
        line=[command, *overrides],
        swept=list(found.swept),
        cells=[c.name for c in found.cells],
        pid=os.getpid(),
        at_once=found.at_once,
    )
    ledger.begin(record)
    _announce(found)
    quoted = str(ledger.folder).replace("\\", "\\\\").replace("'", "\\'")
    try:
        if found.at_once > 1:
            _make_shared(found, jobs, carry_out)
        through_hydra(task, command, [*found.line, f"+hydra.job.env_set.{LEDGER}='{quoted}'", *flags])
    finally:
        cells = _as_they_ended(ledger)
        _tell(found, cells)
    failed = sum(c.state != "done" for c in cells)
    if failed:
        raise StageFailed(
            f"{failed} of {len(cells)} cells failed", hint="the same line again retries them and reuses the rest"
        )


def dry(command: Command, overrides: Sequence[str], *, folders: Sequence[Path], multirun: bool) -> None:
    """Say what the line would train; with `-m` for all of its cells.

    Raises:
        R1Error: the line, or one of its cells, is wrong.
    """
    from r1cli.sweep import estimate
    from r1cli.terminal import console
    from r1cli.terminal.views import sweep as display_sweep

    found = grid.of(command, overrides, folders=folders) if multirun else None
    if found is not None and found.cells:
        return display_sweep.dry_run(estimate.plan(found.cells, found.jobs(), at_once=found.at_once))
    if found is not None:
        console.note("a search finds its cells as it goes; this is one of them")
    swept = found.swept if found is not None else ()
    line = [o for o in overrides if o.partition("=")[0].lstrip("+") not in swept]
    with looking_up():
        job = job_from(look_up(command, line, folders=folders))
    return display_sweep.dry_run(estimate.plan((), [job]))


def _announce(found: Sweep) -> None:
    from r1cli.terminal import console

    beside = f", {found.at_once} at a time" if found.at_once > 1 else ""
    console.note(f"sweep {found.id}: {len(found.cells) or 'as many as the search wants'} cells{beside}")


def _make_shared(found: Sweep, jobs: Sequence[Job], carry_out: CarryOut) -> None:
    """What all cells start from, first and with all cores: cells that wait for one of them would leave cores idle."""
    from r1cli.sweep import estimate
    from r1cli.terminal import console

    if len(jobs) > 1 and (nodes := estimate.shared(jobs)):
        console.note(f"shared by all {len(jobs)} cells: {', '.join(nodes)}")
        with console.Progress() as progress:
            carry_out(replace(jobs[0], targets=tuple(nodes), cell="shared", group=found.id), progress)


def _as_they_ended(ledger: Ledger) -> list[CellRecord]:
    """No cell outlives its sweep: what says that it runs was stopped before it could say so."""
    return [c.model_copy(update={"state": "stopped"}) if c.state == "running" else c for c in ledger.cells()]


def _tell(found: Sweep, cells: Sequence[CellRecord]) -> None:
    from r1cli.results import comparison
    from r1cli.store.store import Store
    from r1cli.terminal import console
    from r1cli.terminal.views import sweep as display_sweep

    display_sweep.summary(cells, found.objective)
    if found.direction and (known := [c for c in cells if found.objective in c.measures]):
        best = min if found.direction == "minimize" else max
        console.note(f"best {found.objective}: {best(known, key=lambda c: c.measures[found.objective]['mean']).name}")
    if set(found.swept) <= {"recipe", "seed"}:
        made = {print_ for c in cells for print_ in c.evaluations}
        if rows := comparison.compare(Store(found.store), only=made):
            console.comparison(rows, comparison.LABELS)

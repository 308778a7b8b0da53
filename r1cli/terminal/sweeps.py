"""`r1 run -m` and `r1 train -m`: announce a sweep, run it, show how its cells ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.cluster.submit import submission, words_of
from r1cli.config.build import build_from
from r1cli.config.hydra import Command, Composed, compose
from r1cli.errors import StageFailed
from r1cli.results import table
from r1cli.store.store import Store
from r1cli.sweep import estimate, grid, on_cluster
from r1cli.sweep import run as sweep_run
from r1cli.sweep.by_hydra import ledger_override
from r1cli.sweep.grid import Grid, Search
from r1cli.sweep.ledger import Ledger
from r1cli.terminal import bills, clusters, console
from r1cli.terminal.progress import LiveLines, Progress
from r1cli.terminal.views import comparison
from r1cli.terminal.views import sweep as views

if TYPE_CHECKING:
    from r1cli.cluster.settings import Slurm
    from r1cli.engine.job import Job
    from r1cli.sweep.by_hydra import HydraCell
    from r1cli.sweep.ledger import CellRecord


def run(
    command: Command,
    overrides: Sequence[str],
    *,
    folders: Sequence[Path],
    hand_over: Callable[[Sequence[str]], object],
) -> None:
    """Carry out a line with `-m`.

    Args:
        command: whose line it is.
        overrides: the line itself.
        folders: of further YAML.
        hand_over: runs a line through Hydra, for searches and for launchers that are not ours.

    Raises:
        R1Error: a cell is wrong; nothing was started.
        StageFailed: some cells failed; the others are done.
    """
    sweep = grid.of(command, overrides, folders=folders)
    composed = sweep.composed() if isinstance(sweep, Grid) else [_one_of(sweep)]
    jobs = sweep.jobs(composed) if isinstance(sweep, Grid) else []
    if settings := clusters.slurm_of(composed[0]):
        return _submit(sweep, jobs, settings)
    ledger = sweep_run.begin(sweep)
    console.note(_announcement(sweep))
    try:
        if sweep.for_hydra is not None:
            hand_over([*sweep.for_hydra, ledger_override(ledger)])
        else:
            assert isinstance(sweep, Grid)
            _run_in_pool(sweep, jobs, ledger)
    finally:
        cells = sweep_run.as_they_ended(ledger)
        _show(sweep, cells)
    failed = sum(cell.state != "done" for cell in cells)
    if failed:
        hint = "run the same command again to retry them; the rest is reused"
        raise StageFailed(f"{failed} of {len(cells)} cells failed", hint=hint)
    return None


def dry_run(
    command: Command, overrides: Sequence[str], *, folders: Sequence[Path], multirun: bool, pilot: bool = False
) -> None:
    """Show what the line would train and cost; with `-m`, for all of its cells; with `pilot`, timed here first.

    Raises:
        R1Error: the line, or one of its cells, is wrong.
    """
    if multirun:
        sweep = grid.of(command, overrides, folders=folders)
        if isinstance(sweep, Grid):
            cells = sweep.composed()
            jobs = sweep.jobs(cells)
            views.dry_run(estimate.plan(sweep.cells, jobs, at_once=sweep.at_once))
            if settings := clusters.slurm_of(cells[0]):
                ledger = Ledger.folder_of(sweep.store, sweep.id)
                clusters.show_scripts(on_cluster.submission(sweep, jobs, settings, ledger))
            return bills.show(cells[0], jobs, pilot=pilot)
        console.note("a search chooses its cells as it goes; this is one of them")
        overrides = _without_swept(sweep)
    composed = compose(command, overrides, folders=folders)
    job = build_from(composed)
    views.dry_run(estimate.plan((), [job]))
    if settings := clusters.slurm_of(composed):
        clusters.show_scripts(submission(job, settings, words_of(command, overrides, folders)))
    return bills.show(composed, [job], pilot=pilot)


def _one_of(search: Search) -> Composed:
    """What all cells of a search have in common."""
    return compose(search.command, _without_swept(search), folders=search.folders)


def _without_swept(search: Search) -> list[str]:
    return [o for o in search.overrides if o.partition("=")[0].lstrip("+") not in search.swept]


def _submit(sweep: Grid | Search, jobs: Sequence[Job], settings: Slurm) -> None:
    """Hand the cells to a cluster; the table is shown where they are waited for."""
    ledger = sweep_run.begin(sweep)
    console.note(_announcement(sweep))
    clusters.submit(on_cluster.submission(sweep, jobs, settings, ledger.folder))
    if settings.follow:
        _show(sweep, ledger.cells())


def run_hydra_cell(cell: HydraCell, compose: Callable[[], Job], objective: str) -> float | None:
    """Run the cell that Hydra started in this process; returns what a search goes by."""
    with LiveLines(plain=cell.shares_terminal) as lines:
        progress = Progress(lines, cell=cell.name, beside_others=cell.shares_terminal)
        return cell.run(compose, progress, objective=objective)


def _run_in_pool(sweep: Grid, jobs: Sequence[Job], ledger: Ledger) -> None:
    """All cells write to this terminal; the listener without a name is for what they share, which runs alone."""
    with LiveLines() as lines:

        def listener(cell: str) -> Progress:
            return Progress(lines, cell=cell, beside_others=sweep.at_once > 1 and cell != "")

        sweep_run.in_pool(sweep, jobs, ledger, listener)


def _announcement(sweep: Grid | Search) -> str:
    cells = str(len(sweep.cells)) if isinstance(sweep, Grid) else "as many as the search wants"
    beside = f", {sweep.at_once} at a time" if sweep.at_once > 1 else ""
    return f"sweep {sweep.id}: {cells} cells{beside}"


def _show(sweep: Grid | Search, cells: Sequence[CellRecord]) -> None:
    """The table of the cells; for a search the best, for an ablation the comparison of its models."""
    views.summary(cells, sweep.objective)
    measured = [cell for cell in cells if sweep.objective in cell.measures]
    if isinstance(sweep, Search) and measured:
        best = min if sweep.direction == "minimize" else max
        winner = best(measured, key=lambda cell: cell.measures[sweep.objective]["mean"])
        console.note(f"best {sweep.objective}: {winner.name}")
    if set(sweep.swept) <= {"recipe", "seed"}:
        fingerprints = {fingerprint for cell in cells for fingerprint in cell.evaluations}
        if rows := table.of_store(Store(sweep.store), fingerprints):
            comparison.table(rows)

"""The bill at the end of `--dry-run`, and the pilot that is run for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1cli.bill.bill import Bill, make_bill
from r1cli.bill.prices import UNSEEN_GPU, keep_measured, prices_of, read_measured
from r1cli.errors import ConfigError
from r1cli.machine import gpu_count
from r1cli.terminal import console
from r1cli.terminal.progress import LiveLines, Progress
from r1cli.terminal.views.bill import in_a_line, print_bill

if TYPE_CHECKING:
    from r1cli.config.hydra import Composed
    from r1cli.engine.job import Job


def say(composed: Composed, job: Job) -> None:
    """The sum of what is to run, in one line; nothing where all is stored, or the device is not known."""
    try:
        bill = make_bill([job], prices_of(composed, job.hardware, job.store))
    except ConfigError as e:
        console.note(f"no bill: {e.message}")
        return
    if bill.lines:
        console.note(f"to run: {in_a_line(bill)}; r1 run --dry-run has the whole bill")
        _say_assumed(composed, bill)


def show(composed: Composed, jobs: Sequence[Job], *, pilot: bool) -> None:
    """Print what the jobs would cost.

    Args:
        composed: the line, or one cell of it: its device and its guesses count for all.
        jobs: of all cells.
        pilot: time a few rollouts here first.

    Raises:
        R1Error: something needs more memory than there is, or the pilot failed.
    """
    job, model = jobs[0], str(composed.config.model.name)
    prices = prices_of(composed, job.hardware, job.store)
    if pilot:
        from r1cli.bill.pilot import run_pilot

        with LiveLines() as lines:
            values, says = run_pilot(job, prices, Progress(lines))
        keep_measured(job.store, prices.device.name, model, values, says)
        prices = prices_of(composed, job.hardware, job.store)
    bill = make_bill(jobs, prices)
    print_bill(bill)
    if measured := read_measured(job.store, prices.device.name, model):
        console.note(f"measured by a pilot of {measured.says}")
    _say_assumed(composed, bill)
    if len(bill.misfits) > 1:
        console.note(f"too large for {prices.device.name}: {', '.join(bill.misfits)}")
    if bill.misfits:
        raise next(iter(bill.misfits.values()))


def _say_assumed(composed: Composed, bill: Bill) -> None:
    if composed.choices.get("device") == "auto" and bill.device.is_gpu and not gpu_count():
        console.note(f"device={UNSEEN_GPU} is assumed: no GPU is seen here")

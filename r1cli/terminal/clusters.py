"""`cluster=slurm`: submit what a command asks for, follow the jobs if asked to, or print their scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1cli.cluster import client
from r1cli.cluster.follow import follow
from r1cli.cluster.settings import ClusterSettings, Slurm
from r1cli.cluster.submit import Submission, is_inside
from r1cli.config.stages import component
from r1cli.errors import StageFailed
from r1cli.terminal import console

if TYPE_CHECKING:
    from r1cli.cluster.records import SubmittedJob
    from r1cli.config.hydra import Composed


def slurm_of(composed: Composed) -> Slurm | None:
    """The settings of SLURM, where the work is to be submitted; None where it is to be done here.

    Raises:
        ConfigError: a setting is wrong.
    """
    settings = component(composed, "r1cli.cluster.settings.ClusterSettings", "cluster")
    assert isinstance(settings, ClusterSettings)
    return settings if isinstance(settings, Slurm) and not is_inside() else None


def show_scripts(submission: Submission) -> None:
    """What would be submitted."""
    for part in submission.parts:
        after = f", after {', '.join(part.after)}" if part.after else ""
        console.text(f"\n# job {part.name}{after}\n{submission.script(part)}")


def submit(submission: Submission) -> None:
    """Submit, and follow the jobs if the settings say so.

    Raises:
        R1Error: SLURM refuses them.
        StageFailed: a job that was followed did not end well.
    """
    jobs = submission.submit()
    for job in jobs:
        after = f", after {', '.join(job.after)}" if job.after else ""
        console.note(f"{job.name:<20} job {job.id}: submitted{after}")
    if submission.settings.follow:
        _follow(submission, jobs)
    else:
        console.note("r1 status, r1 watch and r1 logs show how they go on")


def _follow(submission: Submission, jobs: Sequence[SubmittedJob]) -> None:
    ids = [job.id for job in jobs]
    try:
        ended = follow(jobs, console.note)
    except KeyboardInterrupt:
        if submission.settings.interrupted == "cancel":
            client.cancel(ids)
            console.note(f"cancelled: {', '.join(ids)}")
        else:
            console.note(f"the jobs go on: {', '.join(ids)}; scancel {' '.join(ids)} ends them")
        raise
    failed = [job.name for job in jobs if not ended[job.id].startswith(("COMPLETED", "GONE"))]
    if failed:
        hint = f"r1 logs {jobs[0].id} shows what a job printed; the same command submits what is missing"
        raise StageFailed(f"{len(failed)} of {len(jobs)} jobs did not end well: {', '.join(failed)}", hint=hint)

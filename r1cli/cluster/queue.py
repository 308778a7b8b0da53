"""What is waiting or running on the cluster, as seen from any machine that sees the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from r1cli.cluster import client
from r1cli.cluster.records import SubmittedJob, log_of, submitted
from r1cli.errors import StoreError


@dataclass(frozen=True)
class QueuedJob:
    """A job that has not ended, as far as this machine can tell."""

    job: SubmittedJob
    state: str
    """SLURM's word in small letters, with its reason while it waits."""
    log: Path

    @property
    def line(self) -> str:
        """In a few words: `job 12 r1: pending (resources)`."""
        return f"job {self.job.id} {self.job.name}: {self.state}"


def queued(store: Path) -> list[QueuedJob]:
    """The jobs that have not ended; on a machine without SLURM none, because nobody can say.

    Raises:
        SlurmError: SLURM does not answer.
    """
    jobs = submitted(store)
    if not jobs or not client.is_here():
        return []
    states = client.states([job.id for job in jobs])
    alive = [job for job in jobs if not client.has_ended(states[job.id])]
    return [QueuedJob(job, states[job.id].lower(), log_of(store, job.id)) for job in alive]


def job_log(store: Path, job: str) -> Path:
    """What a job printed.

    Raises:
        StoreError: there is no such job on record, or it has not begun.
    """
    known = [record.id for record in submitted(store)]
    path = log_of(store, job)
    if path.is_file():
        return path
    if job in known:
        raise StoreError(f"job {job} has printed nothing yet", hint="r1 status says what it waits for")
    raise StoreError(f"no job {job} was submitted for {store}", hint=f"jobs: {', '.join(known) or 'none'}")

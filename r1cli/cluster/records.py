"""What was submitted: `<store>/.cluster/<job id>.json` and its script, read by `r1 status`, `watch` and `logs`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from r1cli.files import own_bytes, write_durably, writing
from r1cli.layout import CLUSTER


class SubmittedJob(BaseModel):
    """One job of a command."""

    id: str
    """SLURM's."""
    name: str
    line: list[str]
    """The command, `r1` left out."""
    nodes: list[str]
    """Of the recipe that it makes; empty: all."""
    after: list[str]
    """Jobs that must have ended well."""
    submitted: float
    """Seconds since the epoch."""


def log_of(store: Path, job: str) -> Path:
    """What a job prints."""
    return store / CLUSTER / f"{job}.log"


def keep(store: Path, job: SubmittedJob, script: str) -> None:
    """Put a job on record.

    Raises:
        StoreError: the store cannot be written.
    """
    with writing(store):
        write_durably(store / CLUSTER / f"{job.id}.sh", script)
        write_durably(store / CLUSTER / f"{job.id}.json", job.model_dump_json(indent=1))


def make_folder(store: Path) -> None:
    """Make the folder that SLURM writes into: it makes none, and a job without its output's folder fails.

    Raises:
        StoreError: the store cannot be written.
    """
    with writing(store):
        (store / CLUSTER).mkdir(parents=True, exist_ok=True)


def submitted(store: Path) -> list[SubmittedJob]:
    """All jobs on record, oldest first; unreadable files are skipped."""
    jobs = []
    for path in (store / CLUSTER).glob("*.json"):
        with contextlib.suppress(ValidationError, OSError):
            jobs.append(SubmittedJob.model_validate_json(own_bytes(path)))
    return sorted(jobs, key=lambda job: (job.submitted, job.id))


def new_record(job: str, name: str, line: Sequence[str], *, nodes: Sequence[str], after: Sequence[str]) -> SubmittedJob:
    """The record of a job that was submitted just now."""
    return SubmittedJob(id=job, name=name, line=list(line), nodes=list(nodes), after=list(after), submitted=time.time())

"""SLURM's own commands: sbatch, squeue, scancel. Nothing here knows what a job does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Collection, Sequence

from r1cli.errors import ConfigError, R1Error

ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY", "GONE"})
"""States that a job does not leave by itself; failed nodes and preemption queue it again. GONE is ours: forgotten."""


class SlurmError(R1Error, RuntimeError):
    """SLURM refused something, or does not answer."""


def is_here() -> bool:
    """Can jobs be submitted from this machine?"""
    return shutil.which("sbatch") is not None


def require() -> None:
    """Make sure that jobs can be submitted.

    Raises:
        ConfigError: there is no SLURM.
    """
    if not is_here():
        raise ConfigError(
            "cluster=slurm: there is no sbatch here", hint="submit from a login node; --dry-run shows the script"
        )


def submit(script: str, *, after: Sequence[str] = (), wait: bool = True) -> str:
    """Hand a script to sbatch; returns the job's id.

    Args:
        script: its text.
        after: jobs that must have ended; a job whose predecessors failed is cancelled.
        wait: only if those ended well.

    Raises:
        SlurmError: SLURM refuses it.
    """
    command = ["sbatch", "--parsable"]
    if after:
        kind = "afterok" if wait else "afterany"
        command += [f"--dependency={kind}:{':'.join(after)}", "--kill-on-invalid-dep=yes"]
    done = _run(command, script)
    return done.strip().partition(";")[0]


def states(jobs: Collection[str]) -> dict[str, str]:
    """Job -> its state, as squeue knows it; GONE for what it has forgotten.

    Raises:
        SlurmError: squeue does not answer.
    """
    if not jobs:
        return {}
    listed = _run(["squeue", "--noheader", "--states=all", "--format=%i|%T|%r"])
    found = {}
    for line in listed.splitlines():
        job, state, reason = (part.strip() for part in f"{line}||".split("|")[:3])
        found[job] = f"{state} ({reason})" if state == "PENDING" and reason not in {"None", ""} else state
    return {job: found.get(job, "GONE") for job in jobs}


def has_ended(state: str) -> bool:
    """Will nothing more happen to a job in this state?"""
    return state.partition(" ")[0] in ENDED


def cancel(jobs: Collection[str]) -> None:
    """End jobs; those that have ended are left as they are.

    Raises:
        SlurmError: scancel does not answer.
    """
    if jobs:
        _run(["scancel", *sorted(jobs)])


def _run(command: Sequence[str], text: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError as e:
        raise SlurmError(f"{command[0]} is not on this machine", hint="submit from a login node") from e
    if done.returncode != 0:
        said = re.sub(rf"^{command[0]}: (error: )?", "", (done.stderr.strip().splitlines() or ["no answer"])[0])
        raise SlurmError(f"{command[0]}: {said}", hint="see cluster.partition, cluster.account and cluster.time")
    return done.stdout

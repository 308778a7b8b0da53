"""The batch script of a job: SLURM's options, the user's own lines, and the same command that was typed.

The shell only waits for the command and passes signals on. Before the time limit SLURM sends it SIGUSR1: the command
saves its work and ends, and the job queues again. At a preemption or a cancellation SLURM sends SIGTERM, the command
saves its work, too, and it is SLURM that queues a preempted job again. A command that ends by itself ends the job,
well or not.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from r1cli.cluster.settings import DEFAULT_GPUS, Slurm
from r1cli.engine.hardware import Hardware
from r1cli.engine.nodes import CONTAINER
from r1cli.layout import CLUSTER

INSIDE = "R1_INSIDE_JOB"
"""Environment variable of a job's command: it runs the work instead of submitting it."""
ONLY = "R1_ONLY"
"""Environment variable of a job's command: the nodes that it makes, separated by commas; all, if it is not set."""
CELL = "R1_CELL"
"""Environment variable of a sweep's job: number of its cell."""

WAITING = """\
echo "attempt $((${SLURM_RESTART_COUNT:-0} + 1)) of job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, $(date)"
again=
trap 'again=1; kill -USR1 "$command" 2>/dev/null' USR1
trap 'kill -TERM "$command" 2>/dev/null' TERM
@COMMAND@ &
command=$!
while kill -0 "$command" 2>/dev/null; do wait "$command"; done # a signal ends `wait`, not the command
wait "$command"
code=$?
if [ -n "$again" ] && [ "$code" -ge 128 ]; then # it was stopped, and did not fail
    echo "out of time: queued again"
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
"""


@dataclass(frozen=True)
class BatchJob:
    """One job to submit."""

    name: str
    words: Sequence[str]
    """The command, `r1` left out."""
    nodes: int
    gpus_per_node: int
    environment: Mapping[str, str]
    """Beside the user's own."""


def gpus_of(settings: Slurm, hardware: Hardware) -> int:
    """GPUs that a job asks for on each node."""
    if settings.gpus_per_node != "auto":
        return settings.gpus_per_node
    if hardware.device == "cpu":
        return 0
    return hardware.processes if hardware.processes != "auto" else DEFAULT_GPUS


def render(job: BatchJob, settings: Slurm, *, store: Path, folder: Path, python: str) -> str:
    """The script that sbatch is given.

    Args:
        job: what it runs.
        settings: of `conf/cluster/slurm.yaml`.
        store: where the job's output goes, below `.cluster`.
        folder: current directory of the command.
        python: the interpreter that runs it.
    """
    options = "\n".join(f"#SBATCH {option}" for option in _options(job, settings, store))
    variables = {INSIDE: "slurm", **job.environment}
    if settings.container:
        variables[CONTAINER] = settings.container
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    prefix = f"{settings.container} " if settings.container else ""
    command = f"{prefix}{shlex.join([python, '-m', 'r1cli', *job.words])}"
    parts = ["#!/bin/bash", options, f"cd {shlex.quote(str(folder))} || exit 2", *settings.setup, exports]
    return "\n".join(parts) + "\n" + WAITING.replace("@COMMAND@", command)


def _options(job: BatchJob, settings: Slurm, store: Path) -> list[str]:
    options = [f"--job-name=r1-{job.name}", f"--nodes={job.nodes}", "--ntasks-per-node=1"]
    if job.gpus_per_node:
        options.append(f"--gpus-per-node={job.gpus_per_node}")
    named = {
        "cpus-per-task": settings.cpus_per_task,
        "mem": settings.memory,
        "partition": settings.partition,
        "account": settings.account,
        "qos": settings.qos,
        "time": settings.time,
    }
    options += [f"--{name}={value}" for name, value in named.items() if value is not None]
    if settings.exclusive:
        options.append("--exclusive")
    options += [f"--signal=B:USR1@{settings.signal_s}", "--requeue", "--open-mode=append"]
    options.append(f"--output={store / CLUSTER}/%j.log")
    return [*options, *settings.extra]

"""A stage on several machines: srun starts torchrun once on each node of the allocation that this command runs in.

The command itself runs in the batch step, on the first node; it alone holds the entry's lock and publishes the result.
The processes find each other at a port of that node, which is computed from the job's number.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from r1cli.errors import ConfigError

CONTAINER = "R1_CONTAINER"
"""Environment variable: words in front of Python that start it in a container."""
FIRST_PORT, PORTS = 20_000, 20_000
END_WAIT_S = 60
"""For the other nodes to end after the first of them has."""


def check_allocation(nodes: int, environment: Mapping[str, str] = os.environ) -> None:
    """Make sure that several machines can be had at all. How many there are counts for a stage that uses them all.

    Raises:
        ConfigError: this command runs in no allocation.
    """
    if nodes > 1 and "SLURM_JOB_ID" not in environment:
        raise ConfigError(
            f"hardware.nodes={nodes}, but this is one machine", hint="add cluster=slurm, or run it in an allocation"
        )


def across(nodes: int, torchrun: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """The command that starts `torchrun` on each node.

    Args:
        nodes: machines.
        torchrun: its command line up to where its processes meet, the interpreter first.
        environment: that of the allocation.

    Raises:
        ConfigError: the allocation is smaller than that.
    """
    there = environment.get("SLURM_JOB_NUM_NODES") or environment.get("SLURM_NNODES") or "1"
    if int(there) < nodes:
        raise ConfigError(f"hardware.nodes={nodes}, but the allocation has {there}", hint=f"sbatch --nodes={nodes}")
    job, restarts = environment["SLURM_JOB_ID"], environment.get("SLURM_RESTART_COUNT", "0")
    # An srun per stage: --kill-on-bad-exit ends all when one fails, -X lets a single SIGINT through.
    step = [f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1", "--kill-on-bad-exit=1"]
    srun = ["srun", *step, f"--wait={END_WAIT_S}", "-X", "--export=ALL"]
    meeting = [
        f"--nnodes={nodes}",
        "--rdzv_backend=c10d",
        f"--rdzv_endpoint={_address(environment['SLURM_JOB_NODELIST'])}:{FIRST_PORT + int(job) % PORTS}",
        f"--rdzv_id={job}.{restarts}",
    ]
    python, *words = torchrun
    place = words.index("torch.distributed.run") + 1
    return [*srun, *shlex.split(environment.get(CONTAINER, "")), python, *words[:place], *meeting, *words[place:]]


def _address(nodes: str) -> str:
    """Where the first of some nodes is reached: what SLURM itself uses."""
    first = _ask("hostnames", nodes).split()[0]
    found = re.search(r"NodeAddr=(\S+)", _ask("node", first, "--oneliner"))
    return found[1] if found else first


def _ask(*words: str) -> str:
    done = subprocess.run(["scontrol", "show", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ConfigError(f"scontrol show {words[0]}: {done.stderr.strip()}", hint="is SLURM on this node's path?")
    return done.stdout

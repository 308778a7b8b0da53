"""`conf/cluster/`: where a command's work is submitted to."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import NonNegativeInt, PositiveInt, field_validator

from r1cli.component import Component

TIME = re.compile(r"(\d+-)?\d+(:\d\d){0,2}")
DEFAULT_GPUS = 8
"""Of a node, where nothing says how many it has."""


class ClusterSettings(Component):
    """`conf/cluster/*.yaml`."""

    name: str


class NoCluster(ClusterSettings):
    """Work is done by this process."""


class Slurm(ClusterSettings):
    """What sbatch is told."""

    mode: Literal["allocation", "stages"]
    """One job for the whole walk, or one job a stage."""
    partition: str | None
    account: str | None
    qos: str | None
    time: str
    """Limit of one attempt: minutes, h:mm:ss or days-h:mm:ss."""
    signal_s: PositiveInt
    """Seconds before that limit at which the work is saved and the job queued again."""
    gpus_per_node: NonNegativeInt | Literal["auto"]
    cpus_per_task: PositiveInt | None
    memory: str | None
    """Of a node: `64G`."""
    exclusive: bool
    """No other job on the same nodes."""
    container: str | None
    """Words in front of Python that start it in a container."""
    setup: list[str]
    """Lines of shell before the command."""
    extra: list[str]
    """Further options of sbatch, one a line: `--constraint=ib`."""
    follow: bool
    """Wait for the jobs."""
    interrupted: Literal["leave", "cancel"]
    """What Ctrl-C does to the jobs, while they are followed."""

    @field_validator("time", mode="before")
    @classmethod
    def _is_a_time(cls, time: Any) -> str:
        """Minutes are a number in YAML."""
        if not TIME.fullmatch(str(time)):
            raise ValueError(f"{time!r} is no limit of sbatch: write 30, 24:00:00 or 2-12:00:00")
        return str(time)

    @field_validator("extra")
    @classmethod
    def _are_options(cls, extra: list[str]) -> list[str]:
        for line in extra:
            if not line.startswith("--") or "\n" in line:
                raise ValueError(f"{line!r} is no option of sbatch: write it as --name=value")
        return extra

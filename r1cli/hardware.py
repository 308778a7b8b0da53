"""Where a stage runs: one CPU process, one GPU, or several processes under torchrun.

Hardware never changes what is computed: the global batch belongs to the stage, and is cut here into what one device
takes at a time.
"""

from __future__ import annotations

import os
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from r1cli.component import Component
from r1cli.errors import ConfigError

Device = Literal["cpu", "cuda"]


class Hardware(Component):
    """`conf/hardware/*.yaml`."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name", "device", "processes", "per_device_batch"})

    name: str
    device: Literal["auto", "cpu", "cuda"]
    processes: PositiveInt | Literal["auto"]
    """Processes per node; auto: one on a CPU, one a GPU otherwise."""
    per_device_batch: PositiveInt
    """Most sequences that one device takes in one forward pass; accumulation makes up the rest."""


class Placement(BaseModel):
    """What one process of a running stage knows of where it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Device
    processes: int = 1
    rank: int = 0
    per_device_batch: int = 64

    @property
    def is_main(self) -> bool:
        """True in the one process that writes, prints and tracks."""
        return self.rank == 0

    def split(self, global_batch: int) -> tuple[int, int]:
        """(per-device batch, accumulation steps) that make up `global_batch` sequences.

        Raises:
            ConfigError: the batch cannot be shared equally by the processes.
        """
        share, rest = divmod(global_batch, self.processes)
        if rest:
            raise ConfigError(
                f"a batch of {global_batch} cannot be shared equally by {self.processes} processes",
                hint=f"make it a multiple of {self.processes}, or change hardware.processes",
            )
        per_device = next(n for n in range(min(share, self.per_device_batch), 0, -1) if share % n == 0)
        return per_device, share // per_device


def cores() -> int:
    """Cores that this process may use (affinity, not what the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)

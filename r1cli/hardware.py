"""Where a stage runs: one CPU process, one GPU, or several processes under torchrun.

Hardware never changes what is computed: the global batch belongs to the stage, and is cut here into what one device
takes at a time.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from r1cli.component import Component
from r1cli.errors import ConfigError

Device = Literal["cpu", "cuda"]


def cores() -> int:
    """Cores that this process may use (affinity, not what the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class Hardware(Component):
    """`conf/hardware/*.yaml`."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name", "device", "processes", "threads", "per_device_batch"})

    name: str
    device: Literal["auto", "cpu", "cuda"]
    processes: PositiveInt | Literal["auto"]
    """Processes per node; auto: one on a CPU, one a GPU otherwise."""
    threads: PositiveInt | Literal["auto"] = "auto"
    """Threads of each process; auto: the cores, shared out among all processes of all cells that run at once."""
    per_device_batch: PositiveInt
    """Most sequences that one device takes in one forward pass; accumulation makes up the rest."""


class Placement(BaseModel):
    """What one process of a running stage knows of where it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Device
    processes: int = 1
    rank: int = 0
    threads: int = Field(default_factory=cores)
    """Of each process, in torch and in what else computes in threads."""
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


def gpu_files() -> bool:
    """Is there a GPU to be seen, without asking torch?"""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return bool(visible) if visible is not None else any(Path("/dev").glob("nvidia[0-9]*"))


def free_memory_gib() -> float:
    """Memory that can be had without swapping; what the machine has where the kernel does not say."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        kib = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return int(kib) / 2**20
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30

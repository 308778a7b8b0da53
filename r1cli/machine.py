"""What this machine offers: cores, GPUs, memory. Asked without torch."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def cores() -> int:
    """Cores that this process may use (affinity, not what the machine has)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def share() -> int:
    """Cores that this process should keep busy: what it was told to leave to its neighbours is not among them."""
    return cores() if _share is None else min(_share, cores())


def set_share(threads: int) -> None:
    """Say how many cores are this process's own, where others run beside it (torchrun, cells of a sweep)."""
    global _share  # noqa: PLW0603
    _share = threads


_share: int | None = None


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


def gpu_count() -> int:
    """GPUs that this process may use, counted without torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip()])
    return len(list(Path("/dev").glob("nvidia[0-9]*")))

"""Memory of a process and all that it has started, from /proc.

The kernel's own limit (RLIMIT_AS) counts each process by itself, so a program that starts ten of them may use ten times
as much. A memory control group would count them together, but few machines let an ordinary user make one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def above(pid: int, limit_bytes: int) -> bool:
    """Whether the process `pid` and its descendants together use more than `limit_bytes`; False where /proc is silent.

    Pages that processes share, as after a fork, are counted once if the kernel lets us look (Pss), else for each.
    """
    processes = _tree(pid)
    if sum(map(_resident, processes)) <= limit_bytes:
        return False
    return sum(map(_proportional, processes)) > limit_bytes


def _tree(pid: int) -> list[int]:
    processes, waiting = [], [pid]
    while waiting:
        process = waiting.pop()
        processes.append(process)
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for thread in Path(f"/proc/{process}/task").iterdir():
                waiting += map(int, (thread / "children").read_text("ascii").split())
    return processes


def _resident(pid: int) -> int:
    """Bytes of physical memory that the process has mapped."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE_BYTES
    return 0


def _proportional(pid: int) -> int:
    """The same with shared pages divided by the number of processes that share them."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("Pss:"))) << 10
    return _resident(pid)

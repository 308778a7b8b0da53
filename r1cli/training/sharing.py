"""Work that processes share without talking to each other: each takes its own part, the first waits for all parts.

They meet in files, each of which has one writer. So no process waits in a collective that gives up after a while, and a
part that an earlier attempt has finished counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from r1cli.stage import Placement

T = TypeVar("T")

POLL_S = 0.5


def part_of(items: Sequence[T], placement: Placement) -> list[T]:
    """Every n-th of the items, n being the number of processes: all of them together have all."""
    return list(items[placement.rank :: placement.processes])


def wait_until(there: Callable[[], bool]) -> None:
    """Look again and again. If another process dies meanwhile, torchrun ends this one."""
    while not there():
        time.sleep(POLL_S)

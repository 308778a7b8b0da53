"""How a run is asked to stop, by SIGTERM, SIGHUP or SIGUSR1, so that the work of the stage at hand is not lost.

A first signal to any process of a stage that can stop leaves a file beside its work. The stage looks for it after every
update (`Context.stopping`), saves, and raises `Stopped`. A file reaches the processes below torchrun and on other
machines, which signals do not. A second signal, some seconds later, ends the process at once, and so does the first
where a stage cannot stop.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from r1cli.layout import STOP

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


SAME_S = 3.0
"""Signals so soon after the first are the same request: a cluster tells all processes at once, and they each other."""


def asked(entry: Path) -> bool:
    """Was the work in this folder asked to stop?"""
    return (entry / STOP).exists()


@contextlib.contextmanager
def listening(entry: Path, *, stops: bool) -> Iterator[None]:
    """Meanwhile signals are heeded as above, rather than killing this process with its children alive.

    Args:
        entry: folder of the unfinished entry.
        stops: whether its stage can stop (`Stage.STOPS`).
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread only
        return

    first = 0.0

    def heed(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not stops or (first and time.monotonic() - first > SAME_S):
            end(number, frame)
        first = first or time.monotonic()
        (entry / STOP).touch()

    # Only signals that would kill this process: nohup, for one, has SIGHUP ignored.
    ours = [s for s in SIGNALS if signal.getsignal(s) == signal.SIG_DFL]
    for s in ours:
        signal.signal(s, heed)
    try:
        yield
    finally:
        for s in ours:
            signal.signal(s, signal.SIG_DFL)


def end(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind this process, as Ctrl-C does: children are ended and temporary folders removed."""
    sys.exit(128 + number)

"""A process of the pool: takes one cell after another from the command, and reports what happens to each.

python -m r1cli.sweep.worker CHANNEL COMMAND    (a file descriptor and a process id; started by r1cli.sweep.pool)
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from r1cli.stage import NodeEvent
from r1cli.sweep.cell import run_cell

WATCH_S = 1.0
"""Between two looks at whether the command still lives."""
GRACE_S = 25.0
"""For ending a stage's own processes: the most that r1cli.engine.launch takes for that, and a little more."""


class ToCommand:
    """A listener that sends everything it hears to the command, as (method, arguments)."""

    def __init__(self, channel: Connection[Any, Any]) -> None:
        self._channel = channel

    def node(self, event: NodeEvent) -> None:
        """Sent at once."""
        self._channel.send(("node", event))

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """Sent at every step; the terminal decides how often to draw."""
        self._channel.send(("progress", node, done, total, dict(shown)))

    def note(self, line: str) -> None:
        """Sent at once."""
        self._channel.send(("note", line))


def main(descriptor: int, command: int) -> None:
    """Work until the command has no more cells, asks us to end (SIGTERM), or has gone."""
    # Children of a stage must not keep the channel open: the command would not see that this process died.
    os.set_inheritable(descriptor, False)
    warnings.simplefilter("ignore")  # as in the command itself: a stage's log is the place for them
    with contextlib.suppress(KeyboardInterrupt, EOFError, ConnectionError), Connection(descriptor) as channel:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        end_with(command)
        while True:
            number, job = channel.recv()
            channel.send(run_cell(number, job, ToCommand(channel)))


def end_with(parent: int) -> None:
    """End this process when its parent has gone, even by kill -9: nobody would see what it does.

    Its work resumes from the last checkpoint. (The kernel's parent-death signal would not do: it follows the *thread*
    that started us, not the process.)
    """
    name = "ends with its sweep"
    if any(thread.name == name for thread in threading.enumerate()):
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_S)
        # A stage's own processes are ended on the way (r1cli.engine.launch). Then end for certain.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=watch, name=name, daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""Cells side by side: a few processes, each of which runs one cell after another.

Why no pool from a library: in joblib, loky and concurrent.futures a worker that is killed (mostly by the kernel, out of
memory) breaks the whole pool and every cell in it. Here it costs the one cell that it was running; a new worker takes
over the rest. Workers are started afresh, not forked, because torch does not survive a fork, and each is reused for
several cells, because importing torch takes seconds.

The command is the only one who writes the ledger and draws on the terminal: workers report to it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from r1cli.engine.launch import import_paths
from r1cli.errors import R1Error
from r1cli.stage import Listener, SilentListener
from r1cli.sweep.cell import failed_cell
from r1cli.sweep.ledger import CellRecord
from r1cli.sweep.worker import GRACE_S

if TYPE_CHECKING:
    from r1cli.engine.job import Job

POLL_S = 1.0
"""Between two looks at whether a worker still lives: a process that it left behind can keep its channel open."""
AGAIN_S = 3.0
"""For a worker that was told to end for the second time."""

Record = Callable[[CellRecord], None]


class Pool:
    """A context manager; however it is left, its workers end with it."""

    def __init__(self) -> None:
        self._workers: list[_CellWorker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        _end(self._workers)

    def run(
        self, jobs: Sequence[Job], *, at_once: int, listener: Callable[[str], Listener], record: Record
    ) -> list[CellRecord]:
        """Run the jobs, each in a worker, `at_once` of them at a time; returns a record of each.

        Args:
            jobs: one for each cell.
            at_once: most of them that run at a time.
            listener: by the name of a cell, who hears of what it does.
            record: is called when a cell starts and when it ends.
        """
        waiting = deque(enumerate(jobs))
        ended: dict[int, CellRecord] = {}
        while len(ended) < len(jobs):
            while waiting and len(self._busy()) < at_once:
                number, job = waiting.popleft()
                record(self._idle().take(number, job, listener(job.cell)))
            for result in self._hear():
                record(result)
                ended[result.number] = result
        return [ended[number] for number in sorted(ended)]

    def _busy(self) -> list[_CellWorker]:
        return [worker for worker in self._workers if worker.cell is not None]

    def _idle(self) -> _CellWorker:
        for worker in self._workers:
            if worker.cell is None and worker.process.poll() is None:
                return worker
        self._workers.append(_CellWorker.start())
        return self._workers[-1]

    def _hear(self) -> list[CellRecord]:
        """Wait for messages and deaths, and pass the messages on; returns the records of cells that ended."""
        speaking = set(wait([worker.channel for worker in self._busy()], timeout=POLL_S))
        records = []
        for worker in self._busy():
            try:
                result = worker.hear() if worker.channel in speaking else worker.result_if_dead()
            except (EOFError, OSError):  # it died in the middle of a message, or before one
                result = worker.died()
            if result is not None:
                records.append(result)
        return records


@dataclass
class _CellWorker:
    """A process, the channel to it, and the cell that it runs."""

    process: subprocess.Popen[bytes]
    channel: Connection[Any, Any]
    cell: CellRecord | None = None
    listener: Listener = field(default_factory=SilentListener)
    """Of the cell."""

    @classmethod
    def start(cls) -> Self:
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "r1cli.sweep.worker", str(theirs.fileno()), str(os.getpid())],
                env={**os.environ, **import_paths()},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C goes to the command alone
            )
        return cls(process, ours)

    def take(self, number: int, job: Job, listener: Listener) -> CellRecord:
        """Give it a cell; returns the record of its beginning. A process that died meanwhile is noticed by `hear`."""
        self.cell = CellRecord(number=number, name=job.cell, state="running", started=time.time())
        self.listener = listener
        with contextlib.suppress(ConnectionError):
            self.channel.send((number, job))
        return self.cell

    def hear(self) -> CellRecord | None:
        """Take one message; returns the record that ends the cell, if it is that.

        Raises:
            EOFError: there will be no more messages.
        """
        match self.channel.recv():
            case CellRecord() as result:
                self.cell = None
                return result
            case "node", event:
                self.listener.node(event)
            case "progress", node, done, total, shown:
                self.listener.progress(node, done, total, shown)
            case "note", line:
                self.listener.note(line)
        return None

    def result_if_dead(self) -> CellRecord | None:
        """A record of the failure, if the process has ended and there is nothing left to hear from it."""
        if self.process.poll() is None or self.channel.poll():
            return None
        return self.died()

    def died(self) -> CellRecord:
        """The record of a cell whose process ended before it."""
        assert self.cell is not None
        cell, self.cell = self.cell, None
        self.channel.close()
        code = self.process.wait()
        if code < 0:
            how = f"its process was killed by {signal.Signals(-code).name}"
        else:
            how = f"its process ended with exit code {code}"
        return failed_cell(cell, R1Error(how))


def _end(workers: Sequence[_CellWorker]) -> None:
    """Ask all workers to end, and see to it that they do. A second Ctrl-C makes it quick."""
    for patience_s in (GRACE_S, AGAIN_S):
        alive = [worker.process for worker in workers if worker.process.poll() is None]
        for process in alive:
            process.terminate()
        end = time.monotonic() + patience_s
        try:
            for process in alive:
                process.wait(max(0.0, end - time.monotonic()))
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            continue
        break
    for worker in workers:
        if worker.process.poll() is None:
            os.killpg(worker.process.pid, signal.SIGKILL)
            worker.process.wait()
        worker.channel.close()

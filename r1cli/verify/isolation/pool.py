"""Isolation: run functions that may hang, crash or eat the memory, each call in a worker process that may be killed.

One small pool for the whole process, made on first use. Python libraries' pools were tried first: those of the standard
library and loky have no time limit that kills, and pebble's workers share one pipe and one lock, so that a worker which
is killed from outside (the kernel's out-of-memory killer does that) takes the whole pool with it. Here each worker has
a socket of its own and shares nothing. Workers are started as plain programs, not forked and not through
`multiprocessing`: they know nothing of the caller's `__main__`, threads, CUDA contexts or environment, import only what
a call needs, and belong to a session of their own, so that Ctrl-C reaches the caller alone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, Literal

from r1cli import machine

START_S = 60.0
"""Seconds for a worker to start and to import what a call needs; a call's own clock runs only after that."""
STARTS = 3
"""Times that a call is handed to a worker that dies before it begins."""
FEWEST, MOST = 2, 4
"""Workers: one per core of this process's share within these bounds; two at least, so that a call that hangs does not
hold up all others."""
KEPT_ENVIRONMENT = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"})
"""What workers see of the environment: no tokens."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended."""

    how: Literal["done", "timed_out", "crashed"]
    """timed_out: more time or memory than it may; crashed: it raised, or its process died."""
    value: Any = None
    """What the function returned."""
    note: str = ""
    """Why it is not done: a traceback, a signal."""


def run(
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    *,
    timeout_s: float,
    preload: Sequence[str] = (),
) -> list[Ended]:
    """Call `function` once for each tuple of arguments, in worker processes; the results in the same order.

    A call that exceeds `timeout_s`, or needs over 2 GiB more than an idle worker (Linux), costs its own worker and
    nothing else. Never raises for what the function does; works from any thread, also in a forked process.

    Args:
        function: importable by name (module level, not in `__main__`).
        calls: arguments; they and the results are pickled.
        timeout_s: seconds for each call, by its own clock.
        preload: modules that are imported before the clock starts; for heavy ones that `function` imports itself.

    Raises:
        ValueError: the function is not importable by name.
    """
    name = _name(function)
    batch = _Batch([pickle.dumps((name, tuple(preload), timeout_s, call)) for call in calls], timeout_s)
    try:
        while batch.unfinished():
            batch.hire(_pool)
            batch.wait(_pool)
    finally:
        batch.dismiss(_pool)  # of interest only after Ctrl-C: what still runs is killed
    return batch.ended


def workers() -> int:
    """How many workers there may be."""
    return max(FEWEST, min(MOST, machine.share()))


def close() -> None:
    """End all idle workers; the next call starts new ones."""
    _pool.close()


# --- one worker -----------------------------------------------------------------------------------------------------


class _Worker:
    """A process that does one call at a time (r1cli/verify/isolation/worker.py)."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        command = [sys.executable, "-P", str(Path(__file__).with_name("worker.py")), str(theirs.fileno())]
        environment = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT}
        self.process = subprocess.Popen(
            command,
            env={**environment, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},  # 0: sets in the same order every time
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        with contextlib.suppress(OSError):  # it died at once: whoever hands it a call will notice
            self.connection.send(sys.path)

    def end(self, *, grace_s: float = 0) -> str:
        """Kill it with all that it started, unless it dies by itself within `grace_s`; how it died."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(grace_s)
        died = self.process.returncode
        with contextlib.suppress(ProcessLookupError, PermissionError):  # its group is gone
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.connection.close()
        if died is None:
            return "was killed"
        return f"exited with {died}" if died >= 0 else f"was killed by {signal.Signals(-died).name}"


class _Pool:
    """The idle workers, and how many are busy. A dead one is replaced when it is missed."""

    def __init__(self) -> None:
        self.idle: deque[_Worker] = deque()
        self.busy = 0
        self.returned = threading.Condition()

    def take(self, *, block: bool) -> _Worker | None:
        """An idle worker or a new one; None, without `block`, where as many as may be are busy."""
        with self.returned:
            while self.busy >= workers():
                if not block:
                    return None
                self.returned.wait()
            self.busy += 1
            if self.idle:
                return self.idle.pop()
        try:
            return _Worker()
        except BaseException:
            self.give(None)
            raise

    def give(self, worker: _Worker | None) -> None:
        """Back, or None for one that has ended."""
        with self.returned:
            if worker is not None:
                self.idle.append(worker)
            self.busy -= 1
            self.returned.notify()

    def close(self) -> None:
        while self.idle:
            self.idle.pop().end()


# --- one batch of calls ---------------------------------------------------------------------------------------------


@dataclass
class _Duty:
    """What a worker does now."""

    worker: _Worker
    call: int
    deadline: float
    began: bool = False


class _Batch:
    """The calls of one `run`, and who does which."""

    def __init__(self, calls: list[bytes], timeout_s: float) -> None:
        self.calls = calls
        self.timeout_s = timeout_s
        self.waiting = deque(range(len(calls)))
        self.starts = [0] * len(calls)
        self.results: dict[int, Ended] = {}
        self.duties: dict[Connection, _Duty] = {}

    @property
    def ended(self) -> list[Ended]:
        return [self.results[i] for i in range(len(self.calls))]

    def unfinished(self) -> bool:
        return len(self.results) < len(self.calls)

    def hire(self, pool: _Pool) -> None:
        """Hand waiting calls to as many workers as are free; wait for one only if there is none at all."""
        while self.waiting and (worker := pool.take(block=not self.duties)) is not None:
            call = self.waiting.popleft()
            self.starts[call] += 1
            duty = _Duty(worker, call, time.monotonic() + START_S)
            self.duties[worker.connection] = duty
            try:
                worker.connection.send_bytes(self.calls[call])
            except OSError:  # it was killed while it was idle
                self._lost(duty, pool)

    def wait(self, pool: _Pool) -> None:
        """Take what the workers say, until one says something or is overdue."""
        if not self.duties:
            return
        first = min(duty.deadline for duty in self.duties.values())
        for connection in wait(list(self.duties), timeout=max(0.0, first - time.monotonic())):
            self._hear(self.duties[connection], pool)  # type: ignore[index]  # wait returns what it was given
        now = time.monotonic()
        for duty in [d for d in self.duties.values() if d.deadline <= now]:
            self._discharge(duty, pool)
            self.results[duty.call] = Ended("timed_out", note=f"not done after {self.timeout_s:g} s")

    def dismiss(self, pool: _Pool) -> None:
        for duty in list(self.duties.values()):
            self._discharge(duty, pool)

    def _hear(self, duty: _Duty, pool: _Pool) -> None:
        try:
            message = duty.worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._lost(duty, pool)
            return
        if not message:  # everything is imported: the clock starts
            duty.began = True
            duty.deadline = time.monotonic() + self.timeout_s
            return
        self.results[duty.call], reusable = _read(message)
        if reusable:
            del self.duties[duty.worker.connection]
            pool.give(duty.worker)
        else:
            self._discharge(duty, pool)

    def _lost(self, duty: _Duty, pool: _Pool) -> None:
        """The worker died: the call is to blame if it had begun."""
        how = self._discharge(duty, pool, grace_s=1)  # its socket closes a moment before it is dead
        if duty.began or self.starts[duty.call] == STARTS:
            self.results[duty.call] = Ended("crashed", note=f"the worker process {how}")
        else:
            self.waiting.appendleft(duty.call)

    def _discharge(self, duty: _Duty, pool: _Pool, *, grace_s: float = 0) -> str:
        del self.duties[duty.worker.connection]
        how = duty.worker.end(grace_s=grace_s)
        pool.give(None)
        return how


def _read(message: bytes) -> tuple[Ended, bool]:
    """How the call ended, and whether its worker can be used again."""
    try:
        how, value, note = pickle.loads(message)  # noqa: S301  (written by our own worker)
    except Exception as e:  # noqa: BLE001  (unpickling runs the result's own code)
        return Ended("crashed", note=f"the result cannot be read: {type(e).__name__}: {e}"), True
    return Ended(how, value, note), how != "timed_out"  # out of memory: its heap is in pieces


def _name(function: Callable[..., Any]) -> tuple[str, str]:
    module, name = function.__module__, function.__qualname__
    if module == "__main__" or "<" in name:
        raise ValueError(f"{module}.{name} cannot be imported by a worker: define it at the top of a module")
    return module, name


_pool = _Pool()
_inherited: list[_Pool] = []


def _in_forked_child() -> None:
    """The workers are the parent's: let go of them, and start afresh."""
    global _pool  # noqa: PLW0603
    for worker in _pool.idle:
        worker.connection.close()
    _inherited.append(_pool)  # kept, as its end would warn of processes that are still running
    _pool = _Pool()


os.register_at_fork(after_in_child=_in_forked_child)
atexit.register(close)

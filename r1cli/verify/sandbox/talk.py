"""Start a sandbox, hand it its input, and take what it says: never for longer than it may take, whatever happens in it.

The checker inside has a clock of its own. This one is for the case that the checker cannot hear it, and it begins to
run when the checker says that it has started: starting may be slow on a busy machine, and is not the program's fault.
When the time is over, the process that we started is killed with its group, and so is the process inside, which may
have left the group (bubblewrap says its number). If even then somebody holds our pipes open, we stop listening.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from r1cli.verify.sandbox import memory
from r1cli.verify.sandbox.modes import Mode

START_S = 30.0
"""Seconds that a sandbox may take to start."""
SLACK_S = 3.0
"""Seconds beyond the program's own time in which the checker must have ended by itself."""
GRACE_S = 2.0
"""Seconds in which pipes close after everything was killed."""
LOOK_S = 0.05
"""Between two looks at how much memory it uses."""
MOST_BYTES = 64 << 20
"""What is taken of a sandbox's output; nothing honest says more."""
STARTED = b'"started"'


@dataclass
class Talk:
    """What a sandbox said."""

    output: bytes = b""
    complaint: str = ""
    """Its standard error."""
    status: int | None = None
    """Exit status; None: it could not be ended."""
    overdue: bool = False
    too_large: bool = False
    """It used too much memory, all of its processes together."""


@dataclass
class _Pipes:
    """The three pipes of a process, served as they become ready."""

    process: subprocess.Popen[bytes]
    text: memoryview
    memory_bytes: int
    too_large: bool = False
    received: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def serve(self, deadline: float, wall_s: float) -> bool:
        """Until both outputs are closed; False if the time is over before."""
        started = False
        with selectors.DefaultSelector() as ready:
            for stream, events in self._streams():
                os.set_blocking(stream.fileno(), False)
                ready.register(stream, *events)
            while any(key.data != "stdin" for key in ready.get_map().values()):
                remaining = deadline - time.monotonic()
                if remaining <= 0 or sum(map(len, self.received.values())) > MOST_BYTES:
                    return False
                served = ready.select(min(remaining, LOOK_S))
                if not served and memory.above(self.process.pid, self.memory_bytes):
                    self.too_large = True
                    return False
                for key, _ in served:
                    if not self._step(key):
                        ready.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
                if not started and STARTED in self.received["stdout"]:
                    started, deadline = True, time.monotonic() + wall_s + SLACK_S
        return True

    def _streams(self) -> Iterator[tuple[Any, tuple[int, str]]]:
        yield self.process.stdin, (selectors.EVENT_WRITE, "stdin")
        yield self.process.stdout, (selectors.EVENT_READ, "stdout")
        yield self.process.stderr, (selectors.EVENT_READ, "stderr")

    def _step(self, key: selectors.SelectorKey) -> bool:
        """Write or read once; False when that pipe is done."""
        if key.data == "stdin":
            with contextlib.suppress(BlockingIOError):
                try:
                    self.text = self.text[os.write(key.fd, self.text[: 1 << 16]) :]
                except BrokenPipeError:
                    return False
            return bool(self.text)
        data = os.read(key.fd, 1 << 16)
        self.received[key.data] += data
        return bool(data)


def converse(mode: Mode, boot: str, text: bytes, *, wall_s: float, memory_bytes: int, folder: str | None) -> Talk:
    """Run the interpreter inside with `boot` as its program and `text` as its input.

    Args:
        mode: how the sandbox is made.
        boot: Python source.
        text: for its standard input.
        wall_s: seconds that the program may take.
        memory_bytes: that all processes inside may use together.
        folder: to run in; None where the mode brings its own.

    Raises:
        OSError: it cannot be started.
    """
    with _inner_process(mode) as inner:
        process = subprocess.Popen(
            [*inner.prefix, mode.python, "-I", "-S", "-B", "-X", "utf8", "-c", boot],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": folder or "/", "TMPDIR": folder or "/", "LANG": "C.UTF-8"},
            start_new_session=True,
            pass_fds=inner.passed,
        )
        inner.started()
        pipes, talk = _Pipes(process, memoryview(text), memory_bytes), Talk()
        try:
            in_time = pipes.serve(time.monotonic() + START_S, wall_s)
            talk.too_large = pipes.too_large
            talk.overdue = not in_time and not pipes.too_large
        finally:
            inner.kill(process)
            for stream in (process.stdin, process.stdout, process.stderr):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
            with contextlib.suppress(subprocess.TimeoutExpired):
                talk.status = process.wait(GRACE_S)
    talk.output = bytes(pipes.received["stdout"])
    talk.complaint = pipes.received["stderr"].decode("utf-8", "replace")
    return talk


class _Inner:
    """The process inside, as bubblewrap numbers it for us; nothing of the kind in other modes."""

    def __init__(self, mode: Mode) -> None:
        self.prefix = mode.prefix
        self.passed: tuple[int, ...] = ()
        self.reading = self.writing = -1
        if mode.name == "bubblewrap":
            self.reading, self.writing = os.pipe()
            self.passed = (self.writing,)
            self.prefix = (mode.prefix[0], "--info-fd", str(self.writing), *mode.prefix[1:])

    def started(self) -> None:
        """The process has its end of the pipe."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what runs inside, then what we started."""
        # As long as bubblewrap waits for the process inside, nobody else can have its number.
        if process.poll() is None and (pid := self._number()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def _number(self) -> int:
        """Of the process inside; 0 if bubblewrap did not say."""
        if self.reading < 0:
            return 0
        os.set_blocking(self.reading, False)
        with contextlib.suppress(BlockingIOError, ValueError, KeyError):
            return int(json.loads(os.read(self.reading, 4096))["child-pid"])
        return 0

    def close(self) -> None:
        for fd in (self.reading, self.writing):
            if fd >= 0:
                os.close(fd)


@contextlib.contextmanager
def _inner_process(mode: Mode) -> Iterator[_Inner]:
    inner = _Inner(mode)
    try:
        yield inner
    finally:
        inner.close()

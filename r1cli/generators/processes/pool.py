"""Draw completions in several processes, each with one thread and its own part of the requests.

A step of the decode loop on a small model is a hundred small operations, which gain next to nothing from more threads.
Two processes of one thread, with half of the rows each, draw a rollout in 0.55 s where one process takes 0.75 s, with
one thread or with two (`python -m benchmarks.sampling` has it for evaluations). What is drawn for a completion depends
on its seed alone, so it does not matter which process draws it.

This process draws a part itself. The others are started when they are first needed, stay until this one ends, and get
the model anew with each call: it is small, or they would not be used. They are plain programs, as those of
`verify/isolation` are, for the same reasons; a socket each, nothing shared.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Pipe, wait
from pathlib import Path
from typing import Any, Unpack

from r1cli.generators import native
from r1cli.generators.native import Drawn, HowToDraw, SampleRequest

LARGEST = 16_000_000
"""Parameters of a model whose steps are too small for several threads."""
FEWEST = 32
"""Completions that are worth a process."""
OWN_GIB = 0.31
"""Memory of one such process that it shares with no other, measured; 0.41 GiB are resident."""
KEPT_ENVIRONMENT = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "GOMP_SPINCOUNT"})
"""What the processes see of the environment: no tokens."""


def decode(
    model: Any, requests: Sequence[SampleRequest], *, rows: int, **how: Unpack[HowToDraw]
) -> Iterator[tuple[int, Drawn]]:
    """As `native.decode`, with `rows` completions at a time in all processes together.

    Raises:
        RuntimeError: a process died; another call starts a new one.
    """
    import torch

    number = useful(model, len(requests), rows)
    packed = _packed(model) if number > 1 else None
    if packed is None:
        yield from native.decode(model, requests, rows=rows, **how)
        return
    rows_of_each = -(-rows // number)
    helpers = _idle(number - 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for part, helper in enumerate(helpers, start=1):
            helper.begin(packed, requests[part::number], rows=rows_of_each, **how)
        own = native.decode(model, requests[::number], rows=rows_of_each, **how)
        yield from _merged(own, helpers)
    finally:
        torch.set_num_threads(threads)
        for helper in helpers:
            if helper.busy:  # nobody wants the rest: an interrupt, an error
                helper.end()


def useful(model: Any, completions: int, rows: int) -> int:
    """Processes that pay: one thread of this process's share for each, and enough rows."""
    import torch

    if model.device.type != "cpu" or torch.is_autocast_enabled("cpu"):
        return 1
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return 1  # this process is one of several already
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return worthwhile(parameters, threads=torch.get_num_threads(), completions=min(completions, rows))


def worthwhile(parameters: float, *, threads: int, completions: int) -> int:
    """Processes that pay on a CPU for a model of that size, where so many completions are drawn at a time."""
    return 1 if parameters > LARGEST else max(1, min(threads, completions // FEWEST))


def _packed(model: Any) -> bytes | None:
    """The model for another process; None where it holds what cannot be sent, a patched method for example."""
    try:
        return pickle.dumps(model)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def _merged(own: Iterator[tuple[int, Drawn]], helpers: list[_Helper]) -> Iterator[tuple[int, Drawn]]:
    """What this process and the helpers draw, as it comes, with the numbers that all requests have together."""
    number = len(helpers) + 1
    parts = {helper.connection: part for part, helper in enumerate(helpers, start=1)}
    for place, drawn in own:
        yield place * number, drawn
        for helper in helpers:
            while helper.busy and helper.connection.poll():
                yield from _heard(helper, parts[helper.connection], number)
    while busy := [helper for helper in helpers if helper.busy]:
        heard = wait([helper.connection for helper in busy])
        for helper in busy:
            if helper.connection in heard:
                yield from _heard(helper, parts[helper.connection], number)


def _heard(helper: _Helper, part: int, number: int) -> Iterator[tuple[int, Drawn]]:
    """One message of a helper: a completion, or that it is done."""
    if (said := helper.hear()) is not None:
        place, drawn = said
        yield place * number + part, drawn


class _Helper:
    """A process that draws (worker.py)."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        self.busy = False
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("worker.py")), str(theirs.fileno())],
            env={name: value for name, value in os.environ.items() if name in KEPT_ENVIRONMENT}
            | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        with contextlib.suppress(OSError):  # it died at once: the first request will show
            self.connection.send(sys.path)

    def begin(self, packed: bytes, requests: Sequence[SampleRequest], *, rows: int, **how: Unpack[HowToDraw]) -> None:
        """Hand over the model and a part of the requests."""
        self.busy = True
        try:
            self.connection.send((list(requests), {**how, "rows": rows}))
            self.connection.send_bytes(packed)
        except OSError as e:
            raise self._died() from e

    def hear(self) -> tuple[int, Drawn] | None:
        """A completion, by its place in this part; None: that was all."""
        try:
            said: tuple[int, Drawn] | str | None = self.connection.recv()
        except (EOFError, OSError) as e:
            raise self._died() from e
        if isinstance(said, str):
            raise RuntimeError(f"a sampling process broke:\n{said}")
        self.busy = said is not None
        return said

    def _died(self) -> RuntimeError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)  # its socket closes a moment before it is dead
        code = self.end()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return RuntimeError(f"a sampling process {how}")

    def end(self) -> int:
        """Kill it; its exit code."""
        self.busy = False
        self.connection.close()
        self.process.kill()
        return self.process.wait()


_helpers: list[_Helper] = []


def _idle(number: int) -> list[_Helper]:
    """That many helpers that have nothing to do."""
    _helpers[:] = [helper for helper in _helpers if helper.process.poll() is None]
    idle = [helper for helper in _helpers if not helper.busy]
    new = [_Helper() for _ in range(number - len(idle))]
    _helpers.extend(new)
    return [*idle, *new][:number]


def close() -> None:
    """End all helpers; the next call starts new ones."""
    while _helpers:
        _helpers.pop().end()


os.register_at_fork(after_in_child=_helpers.clear)
atexit.register(close)

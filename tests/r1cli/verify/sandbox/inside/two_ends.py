"""Both ends of the wire in one process: the program's in a thread, without any sandbox around it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from r1cli.verify.sandbox.inside.asserts import Caller
from r1cli.verify.sandbox.inside.program import answer_calls
from r1cli.verify.sandbox.inside.wire import Wire

LARGEST = 1 << 20


@contextmanager
def two_wires(*, largest: int = LARGEST) -> Iterator[tuple[Wire, Wire]]:
    """What one sends, the other receives."""
    (a_reads, b_writes), (b_reads, a_writes) = os.pipe(), os.pipe()
    try:
        yield (
            Wire(a_reads, a_writes, largest=largest, alive=lambda: True),
            Wire(b_reads, b_writes, largest=largest, alive=lambda: True),
        )
    finally:
        for fd in (a_reads, b_writes, b_reads, a_writes):
            with suppress(OSError):  # a test may have hung up
                os.close(fd)


@contextmanager
def calling(program: str, prelude: str = "") -> Iterator[Caller]:
    """A caller of a program that is ready to answer; its first word has not been read yet."""
    with two_wires() as (ours, theirs):

        def answer() -> None:
            with suppress(EOFError):
                answer_calls(theirs, program, prelude)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield Caller(ours)
        os.close(ours.writing)
        thread.join(timeout=10)
        assert not thread.is_alive()

"""Inside the sandbox: the checker, and the untrusted program in a process of its own beside it.

Started by sandbox/run.py as `python -I -S`, standard library only. Two processes, so that a verdict cannot be forged:
the checker forks the program's process first and only then reads the tests. The program answers calls over a pipe, with
plain data; what it returns is compared in the checker. So the program never sees an expected value, a test or the pipe
that verdicts are written to, and patched builtins, `__eq__` that is always true, exits, frames and the garbage
collector get it nowhere. The checker is not dumpable: the program may not look into its memory or descriptors.
Programs that read stdin are only run here; their outputs are compared outside.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from r1cli.verify.sandbox.inside.asserts import ENDED, Caller, run_tests
from r1cli.verify.sandbox.inside.limits import end_children, limit, memory_file, protect
from r1cli.verify.sandbox.inside.program import answer_calls, run_script
from r1cli.verify.sandbox.inside.seccomp import deny_dangerous_calls
from r1cli.verify.sandbox.inside.wire import NOTE_CHARACTERS, Wire, write_all


class Checker:
    """Reads what to do, starts the program's process, says what became of it."""

    def __init__(self, take: Callable[[], bytes]) -> None:
        self.take = take
        self.job: dict[str, Any] = json.loads(take())
        self.limits: dict[str, int] = self.job["limits"]
        self.nonce = ""
        self.ends_at = 0.0
        """On the monotonic clock: when the time for all is over."""
        self.children: dict[int, int | None] = {}

    def say(self, kind: str, **rest: Any) -> None:
        """A line to the outside."""
        write_all(1, json.dumps({"kind": kind, "nonce": self.nonce, **rest}).encode() + b"\n")

    def main(self) -> None:
        protect(self.job["uid"], self.limits)
        self.say("started")
        signal.signal(signal.SIGALRM, self.overdue)
        self.ends_at = time.monotonic() + self.limits["wall_s"]
        self.allow(self.limits["wall_s"])
        if self.job["inputs"] is None:
            self.check_calls()
        else:
            self.check_scripts()
        end_children()

    def allow(self, seconds: float) -> None:
        """From now on the program has so many seconds, and no more than are left of all."""
        left = max(self.ends_at - time.monotonic(), 1e-3)
        signal.setitimer(signal.ITIMER_REAL, min(seconds, left))

    def begin_case(self) -> None:
        """The next case has its own time."""
        self.allow(self.limits["case_s"])

    def overdue(self, *_: Any) -> None:
        self.say("timed_out")
        end_children()
        os._exit(0)

    def check_calls(self) -> None:
        (asks, hears), (replies, answers) = os.pipe(), os.pipe()
        largest = self.limits["output_bytes"]

        def program() -> None:
            for fd in (0, 1, 2):
                os.dup2(os.open(os.devnull, os.O_RDWR), fd)
            os.closerange(max(hears, answers) + 1, 256)
            os.close(hears)
            os.close(replies)
            wire = Wire(asks, answers, largest=1 << 31, alive=lambda: True)
            answer_calls(wire, self.job["program"], self.job["prelude"])

        child = self.fork(program)
        os.close(asks)
        os.close(answers)
        tests = json.loads(self.take())
        self.nonce = tests["nonce"]
        caller = Caller(Wire(replies, hears, largest=largest, alive=lambda: self.status(child) is None))
        kind, *rest = self.first_word(caller)
        if kind == "value":
            run_tests(caller, self.job, tests, self.say, self.begin_case)
        else:
            self.say("failed", error=str(rest[0]), note=f"{rest[0]}: {rest[1]}"[:NOTE_CHARACTERS].rstrip(": "))
        for _ in range(100 if caller.wire.ended else 0):  # its pipe is closed a moment before it is dead
            if (status := self.status(child)) is not None:
                self.say("signal", number=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
                break
            select.select([], [], [], 0.005)

    def first_word(self, caller: Caller) -> list[Any]:
        try:
            kind, *rest = caller.wire.receive()
        except (EOFError, ValueError, TypeError, RecursionError):
            return ["raised", "Ended", ENDED]
        return ["value"] if kind == "value" else ["raised", *rest, "", ""]

    def check_scripts(self) -> None:
        """One process a case; each sees its own input alone."""
        with contextlib.suppress(Exception):
            exec(compile(self.job["prelude"], "prelude.py", "exec"), {})  # noqa: S102  (loads modules once for all)
        ends = [self.run_case(text.encode("utf-8", "surrogateescape")) for text in self.job["inputs"]]
        self.nonce = json.loads(self.take())["nonce"]
        for i, (output, status, cut) in enumerate(ends):
            code = os.waitstatus_to_exitcode(status)
            self.say("case", number=i, output=output.decode("utf-8", "replace"), status=code, cut=cut)
        self.say("done", note="")

    def run_case(self, text: bytes) -> tuple[bytes, int, bool]:
        self.begin_case()
        reading, writing = os.pipe()
        stdin = memory_file(text)

        def program() -> None:
            os.dup2(stdin, 0)
            os.dup2(writing, 1)
            os.dup2(os.open(os.devnull, os.O_RDWR), 2)
            os.closerange(3, 256)
            os._exit(run_script(self.job["program"], self.job["prelude"]))

        child = self.fork(program)
        os.close(writing)
        os.close(stdin)
        output, cut = self.drain(reading, child)
        if cut and self.status(child) is None:
            os.kill(child, signal.SIGKILL)  # before its pipe is closed: that would end it, too, in a way of its own
        os.close(reading)
        while (status := self.status(child)) is None:
            select.select([], [], [], 0.005)
        return output, status, cut

    def drain(self, reading: int, child: int) -> tuple[bytes, bool]:
        """What the case writes until it ends, closes its output or writes too much."""
        parts, size = [], 0
        while size <= self.limits["output_bytes"]:
            ended = self.status(child) is not None
            if not select.select([reading], [], [], 0 if ended else 0.02)[0]:
                if ended:
                    break
                continue
            part = os.read(reading, 1 << 16)
            if not part:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)[: self.limits["output_bytes"]], size > self.limits["output_bytes"]

    def fork(self, program: Callable[[], None]) -> int:
        child = os.fork()
        if child:
            self.children[child] = None
            return child
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            limit(resource.RLIMIT_CPU, self.limits["cpu_s"])
            limit(resource.RLIMIT_NPROC, self.limits["processes"])
            limit(resource.RLIMIT_FSIZE, self.limits["file_bytes"])
            deny_dangerous_calls(signals=self.job["sees_processes"])
            program()
        finally:
            os._exit(1)

    def status(self, child: int) -> int | None:
        """How the child ended; None while it lives."""
        if self.children[child] is None:
            pid, status = os.waitpid(child, os.WNOHANG)
            self.children[child] = status if pid else None
        return self.children[child]

"""Sandbox: run a program that nobody trusts, against tests that it must not know, within limits.

Which sandbox is in force depends on the machine (modes.py); inside, a checker runs the tests and keeps
the program in another process (inside/checker.py). A verdict is believed only with a random word that the
checker reads after the program's process has been forked off.

What remains possible. The program sees each call's arguments, and the kernel: a hole in the kernel opens the sandbox.
In the modes without bubblewrap it reads whatever this user may read; run by root there, it starts as many processes as
it likes until its time is over. The memory of all its processes together is looked at twenty
times a second; in between, each of them may grow to the limit.
It can guess: a test that only asks whether something is returned is passed by anything. Tests are trusted to test (they
run inside too, in the checker). Arguments are copies, so a test that looks for changes made in place fails.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import marshal
import os
import secrets
import signal
import tempfile
import threading
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from r1cli.component import Component
from r1cli.errors import ConfigError
from r1cli.verify.sandbox.modes import Mode, candidates
from r1cli.verify.sandbox.talk import converse

CHECKER_BYTES = 64 << 20
"""What bubblewrap and the checker use themselves, beside the program."""
Strictness = Literal["auto", "require", "subprocess"]
_log = logging.getLogger(__name__)


class Limits(Component):
    """What one program may use, all its tests together."""

    wall_s: PositiveFloat
    """Seconds by the clock."""
    cpu_s: PositiveInt
    """Seconds of processor time, of each process."""
    memory_mib: PositiveInt
    """Address space of each process."""
    processes: PositiveInt
    """Processes and threads at once, of the program's user."""
    file_mib: PositiveInt
    """Size of each file."""
    open_files: PositiveInt
    """Files open at once, of each process."""
    output_kib: PositiveInt
    """Of what it prints for one case, or returns from one call."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A program, and what it is to be tried with: tests that call it, or texts that it reads from stdin."""

    program: str
    prelude: str = ""
    """The data's own code before it (imports, helpers); the tests see this one, not the program's version of it."""
    names: tuple[str, ...] = ()
    """What the tests take from the program."""
    modules: tuple[str, ...] = ()
    """Modules that the tests use without importing them."""
    setup: str = ""
    """Run before the first test."""
    tests: tuple[str, ...] = ()
    """Pieces of Python; one that raises has failed."""
    inputs: tuple[str, ...] | None = None
    """One text for each run of the program as a script; None: it is called."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a script did with one input."""

    output: str
    ended_well: bool
    """Exit status 0, and not more output than it may."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a trial."""

    how: Literal["done", "timed_out", "unreadable", "broken"]
    """timed_out: too much time or memory; unreadable: no Python; broken: the sandbox failed, not the program."""
    passed: tuple[bool, ...] = ()
    """For each test; a test that was not reached is not passed."""
    printed: tuple[Printed, ...] = ()
    """For each input."""
    note: str = ""
    """Why, for a person."""


class Executor(Component):
    """Where programs are run, if not on this machine. `run` may be called from several threads at once.

    A service of your own, say, `_target_: mypackage.Remote` with `url: http://...`:

        class Remote(Executor):
            url: str

            def run(self, trial: Trial, limits: Limits) -> Report:
                asked = {"trial": dataclasses.asdict(trial), "limits": limits.config()}
                try:
                    answer = httpx.post(self.url, json=asked, timeout=limits.wall_s + 30).raise_for_status().json()
                except httpx.HTTPError as e:
                    return Report("broken", note=str(e))
                return Report(answer["how"], tuple(answer["passed"]))
    """

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"url"})

    @abstractmethod
    def run(self, trial: Trial, limits: Limits) -> Report:
        """Try a program. Never raises for what the program does; a failure of its own is a Report that says broken."""

    def check(self) -> None:
        """Look whether programs can be run at all.

        Raises:
            ConfigError: they cannot.
        """


class Sandbox(Executor):
    """This machine."""

    strictness: Strictness
    """auto: the strongest mode that works; require: bubblewrap or nothing; subprocess: without it."""

    def run(self, trial: Trial, limits: Limits) -> Report:
        self.check()
        return run_in(self.mode(), trial, limits)

    def check(self) -> None:
        mode = self.mode()  # looked for here, before anything is trained, so that it is said on the terminal
        if self.strictness == "require" and mode.name != "bubblewrap":
            raise ConfigError(
                f"sandbox=require: bubblewrap does not work here, only {mode.description}",
                hint="install bubblewrap and allow user namespaces, or set sandbox=auto",
            )

    def mode(self) -> Mode:
        """The mode in force; looked for, and logged, once."""
        return best_mode(without_bubblewrap=self.strictness == "subprocess")


_looking = threading.Lock()


def best_mode(*, without_bubblewrap: bool = False) -> Mode:
    """The strongest mode that works on this machine.

    Raises:
        ConfigError: not even a plain process can be started.
    """
    with _looking:
        return _best_mode(without_bubblewrap)


@functools.cache
def _best_mode(without_bubblewrap: bool) -> Mode:
    for mode in candidates():
        if without_bubblewrap and mode.name == "bubblewrap":
            continue
        if mode.name != "bubblewrap" and os.getuid() == 0 and not mode.drops_root:
            continue  # a program that is root among this machine's files and processes is in no sandbox
        if run_in(mode, _TRIAL, _AMPLE).passed == (True,):
            level = logging.INFO if mode.name == "bubblewrap" else logging.WARNING
            _log.log(level, "programs run in a sandbox of %s", mode.description)
            return mode
    hint = "install bubblewrap and allow user namespaces; as root, at least use a Python that other users may read"
    raise ConfigError("no sandbox works on this machine", hint=hint)


_TRIAL = Trial("def f():\n    import decimal\n    return 1", names=("f",), tests=("assert f() == 1",))
_AMPLE = Limits(wall_s=20, cpu_s=10, memory_mib=1024, processes=32, file_mib=1, open_files=64, output_kib=64)


# --- one program ----------------------------------------------------------------------------------------------------


def run_in(mode: Mode, trial: Trial, limits: Limits) -> Report:
    """Try a program in a given mode."""
    nonce, user = secrets.token_hex(16), mode.user_id()
    with _scratch(mode, user) as folder:
        try:
            talk = converse(
                mode,
                _BOOT,
                _input(trial, limits, user=user, sees_processes=mode.name == "subprocess", nonce=nonce),
                wall_s=limits.wall_s,
                memory_bytes=(limits.memory_mib << 20) + CHECKER_BYTES,
                folder=folder,
            )
        except OSError as e:
            return Report("broken", note=f"the sandbox cannot be started: {e}")
    complaint = f"{talk.complaint.strip()[-500:]} (exit status {talk.status})"
    if talk.too_large:
        return Report("timed_out", note="too much memory, all of its processes together")
    return _report(_lines(talk.output, nonce), trial, complaint, overdue=talk.overdue)


def _input(trial: Trial, limits: Limits, *, user: int, sees_processes: bool, nonce: str) -> bytes:
    """All that the checker reads, in its order: its own code, the program, and only then the tests."""
    job = {
        "program": trial.program,
        "prelude": trial.prelude,
        "inputs": trial.inputs,
        "uid": user,
        "sees_processes": sees_processes,
        "limits": {
            "wall_s": limits.wall_s,
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_mib << 20,
            "processes": limits.processes,
            "file_bytes": limits.file_mib << 20,
            "files": limits.open_files,
            "output_bytes": limits.output_kib << 10,
        },
    }
    tests = {
        "names": trial.names,
        "modules": trial.modules,
        "setup": trial.setup,
        "tests": trial.tests,
        "nonce": nonce,
    }
    parts = [_checker_code(), json.dumps(job).encode(), json.dumps(tests).encode()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


_PARTS = ("wire", "limits", "seccomp", "program", "asserts", "checker")
_BOOT = """
import marshal, os, sys, types
def take():
    def read(n):
        data = b""
        while len(data) < n:
            part = os.read(0, n - len(data))
            if not part:
                os._exit(3)
            data += part
        return data
    return read(int.from_bytes(read(4), "big"))
for name, code in marshal.loads(take()):
    name = "r1cli.verify.sandbox.inside." + name
    module = sys.modules[name] = types.ModuleType(name)
    exec(code, module.__dict__)
module.Checker(take).main()
os._exit(0)
"""


@functools.cache
def _checker_code() -> bytes:
    """The modules of the inside, compiled: no file of r1cli needs to be there, and none is compiled again each time."""
    folder = Path(__file__).parent / "inside"
    return marshal.dumps(
        [(n, compile((folder / f"{n}.py").read_text("utf-8"), f"<{n}>", "exec", optimize=2)) for n in _PARTS]
    )


@contextlib.contextmanager
def _scratch(mode: Mode, user: int) -> Iterator[str | None]:
    """A folder to run in; bubblewrap brings its own."""
    if mode.name == "bubblewrap":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="r1-sandbox-", ignore_cleanup_errors=True) as folder:
        if user:
            os.chown(folder, user, user)
        yield folder


# --- what the checker says ------------------------------------------------------------------------------------------

_HARMLESS = frozenset({"started", "timed_out", "failed"})
"""Lines that can do a program no good, so they need no nonce."""


def _lines(said: bytes, nonce: str) -> list[dict[str, Any]]:
    found = []
    for line in said.splitlines():
        with contextlib.suppress(ValueError):
            values = json.loads(line)
            if values["nonce"] == nonce or values["kind"] in _HARMLESS:
                found.append(values)
    return found


def _report(lines: list[dict[str, Any]], trial: Trial, complaint: str, *, overdue: bool) -> Report:
    last = {line["kind"]: line for line in lines}
    passed = {line["number"]: line["passed"] for line in lines if line["kind"] == "test"}
    cases = {line["number"]: line for line in lines if line["kind"] == "case"}
    verdicts = tuple(passed.get(i, False) for i in range(len(trial.tests)))
    printed = tuple(Printed(c["output"], c["status"] == 0 and not c["cut"]) for _, c in sorted(cases.items()))
    note = next((line["note"] for line in lines if line.get("note")), "")
    if "started" not in last:
        return Report("broken", note=f"the sandbox failed: {complaint}")
    if overdue and "done" not in last:
        return Report("timed_out", verdicts, printed, "not done in time")
    if (why := _too_much(last, lines)) is not None:
        return Report("timed_out", verdicts, printed, why)
    if last.get("failed", {}).get("error") == "SyntaxError" or any(c["status"] == 98 for c in cases.values()):
        return Report("unreadable", note=note or "SyntaxError")
    if "done" not in last:
        return Report("done", tuple(False for _ in trial.tests), (), note or "the program ended its checker")
    return Report("done", verdicts, printed, note)


def _too_much(last: dict[str, dict[str, Any]], lines: list[dict[str, Any]]) -> str | None:
    """What the program used too much of, if it did."""
    if "timed_out" in last:
        return "not done in time"
    killed = {-signal.SIGKILL, -signal.SIGXCPU}
    if any(-line["number"] in killed for line in lines if line["kind"] == "signal"):
        return "killed: too much processor time"
    if any(line["status"] in killed and not line["cut"] for line in lines if line["kind"] == "case"):
        return "killed: too much processor time"
    if any(line.get("status") == 97 for line in lines) or any("MemoryError" in line.get("note", "") for line in lines):
        return "too much memory"
    return None

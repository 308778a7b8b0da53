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
import math
import os
import secrets
import shutil
import tempfile
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from r1cli.component import Component
from r1cli.errors import ConfigError
from r1cli.verify.sandbox.modes import Mode, ModeName, candidates
from r1cli.verify.sandbox.talk import converse
from r1cli.verify.sandbox.verdict import Report, report_of

CHECKER_BYTES = 64 << 20
"""What bubblewrap and the checker use themselves, beside the program."""
Strictness = Literal["auto", "require", "subprocess"]
_log = logging.getLogger(__name__)


class Limits(Component):
    """What one program may use, all its tests together."""

    wall_s: PositiveFloat
    """Seconds by the clock; with `case_s`, only where that allows less."""
    case_s: PositiveFloat | None = None
    """Seconds by the clock for each test or input, the first that takes longer ends the trial; None: no such limit."""
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

    def of_cases(self, number: int) -> Limits:
        """With room in all for so many cases, each up to its limit (LiveCodeBench: 6 s, and (6 + 1) x cases + 5 s)."""
        if self.case_s is None:
            return self
        wall_s = max(self.wall_s, (self.case_s + 1) * number + 5)
        return self.model_copy(update={"wall_s": wall_s, "cpu_s": max(self.cpu_s, math.ceil(wall_s))})


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
    """require: bubblewrap or nothing; auto: the strongest mode that works; subprocess: without bubblewrap."""

    def run(self, trial: Trial, limits: Limits) -> Report:
        return run_in(self.mode(), trial, limits)

    def check(self) -> None:
        self.mode()  # looked for here, before anything is trained, so that it is said on the terminal

    def mode(self) -> Mode:
        """The mode in force; looked for, and logged, once.

        Raises:
            ConfigError: there is no sandbox, or a weaker one than was asked for.
        """
        return best_mode(self.strictness)


_ALLOWED: Mapping[Strictness, frozenset[ModeName]] = {
    "require": frozenset({"bubblewrap"}),
    "auto": frozenset({"bubblewrap", "namespaces", "subprocess"}),
    "subprocess": frozenset({"namespaces", "subprocess"}),
}
_looking = threading.Lock()


def best_mode(strictness: Strictness) -> Mode:
    """The strongest mode that works on this machine, of those that are allowed.

    Raises:
        ConfigError: none of them works.
    """
    with _looking:
        return _best_mode(strictness)


@functools.cache
def _best_mode(strictness: Strictness) -> Mode:
    for mode in candidates():
        if mode.name not in _ALLOWED[strictness]:
            continue
        if mode.name != "bubblewrap" and os.getuid() == 0 and not mode.drops_root:
            continue  # a program that is root among this machine's files and processes is in no sandbox
        if run_in(mode, _TRIAL, _AMPLE).passed == (True,):
            level = logging.INFO if mode.name == "bubblewrap" else logging.WARNING
            _log.log(level, "programs run in a sandbox of %s", mode.description)
            return mode
    if strictness == "require":
        raise ConfigError("programs run in bubblewrap only, and it does not work here", hint=_remedy())
    hint = "install bubblewrap and allow user namespaces; as root, at least use a Python that other users may read"
    raise ConfigError("no sandbox works on this machine", hint=hint)


def _remedy() -> str:
    """What a person can do where bubblewrap does not work."""
    remedy = "allow it user namespaces"
    if shutil.which("bwrap") is None:
        remedy = "apt install bubblewrap, or dnf install bubblewrap"
    return (
        f"{remedy}; or opt in to a weaker sandbox with sandbox=auto: "
        "programs could then read and write this user's files"
    )


_TRIAL = Trial("def f():\n    import decimal\n    return 1", names=("f",), tests=("assert f() == 1",))
_AMPLE = Limits(wall_s=20, cpu_s=10, memory_mib=1024, processes=32, file_mib=1, open_files=64, output_kib=64)


# --- one program ----------------------------------------------------------------------------------------------------


def run_in(mode: Mode, trial: Trial, limits: Limits) -> Report:
    """Try a program in a given mode."""
    limits = limits.of_cases(len(trial.tests if trial.inputs is None else trial.inputs))
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
    return report_of(talk, nonce, len(trial.tests))


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
            "case_s": limits.case_s or limits.wall_s,
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

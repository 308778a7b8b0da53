"""What became of a program: read from what the checker said, of which only lines with its secret word are believed."""

from __future__ import annotations

import contextlib
import json
import signal
from dataclasses import dataclass
from typing import Any, Literal

from r1cli.verify.sandbox.inside.program import IS_NO_PYTHON, OUT_OF_MEMORY
from r1cli.verify.sandbox.talk import Talk


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


_HARMLESS = frozenset({"started", "timed_out", "failed"})
"""Lines that can do a program no good, so they need no nonce."""
_KILLED = frozenset({-signal.SIGKILL, -signal.SIGXCPU})
"""How a process ends that the kernel kills at its limit of processor time, as Python tells it."""
ENDED_BY_LIMIT = _KILLED | {128 - status for status in _KILLED}
"""Exit statuses of a checker that was killed so, since a value kept it in one call; 128 + signal is a shell's way."""


def _lines(said: bytes, nonce: str) -> list[dict[str, Any]]:
    """The checker's lines; of those without its secret word (`nonce`) only harmless ones, and of these only text."""
    lines = []
    for line in said.splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):  # a program may write here too
            values = json.loads(line)
            if values["nonce"] == nonce:
                lines.append(values)
            elif values["kind"] in _HARMLESS:
                lines.append({key: str(values[key]) for key in ("kind", "error", "note") if key in values})
    return lines


def report_of(talk: Talk, nonce: str, tests: int) -> Report:
    """What a checker's words mean for a trial with so many `tests`; only lines with its `nonce` are believed."""
    if talk.too_large:
        return Report("timed_out", note="too much memory, all of its processes together")
    return _judged(_lines(talk.output, nonce), talk, tests)


def _judged(lines: list[dict[str, Any]], talk: Talk, tests: int) -> Report:
    last = {line["kind"]: line for line in lines}
    passed = {line["number"]: line["passed"] for line in lines if line["kind"] == "test"}
    cases = {line["number"]: line for line in lines if line["kind"] == "case"}
    verdicts = tuple(passed.get(i, False) for i in range(tests))
    printed = tuple(Printed(c["output"], c["status"] == 0 and not c["cut"]) for _, c in sorted(cases.items()))
    note = next((line["note"] for line in lines if line.get("note")), "")
    if "started" not in last:
        complaint = talk.complaint.strip()[-500:]
        return Report("broken", note=f"the sandbox failed: {complaint} (exit status {talk.status})")
    if "done" not in last and (talk.overdue or _ended_by_limit(talk)):
        return Report("timed_out", verdicts, printed, "not done in time")
    if (why := _too_much(last, lines)) is not None:
        return Report("timed_out", verdicts, printed, why)
    if last.get("failed", {}).get("error") == "SyntaxError" or any(c["status"] == IS_NO_PYTHON for c in cases.values()):
        return Report("unreadable", note=note or "SyntaxError")
    if "done" not in last:
        return Report("done", tuple(False for _ in range(tests)), (), note or "the program ended its checker")
    return Report("done", verdicts, printed, note)


def _ended_by_limit(talk: Talk) -> bool:
    """Whether the kernel ended the checker. unshare then tries to end itself by the same signal, and complains."""
    return talk.status in ENDED_BY_LIMIT or talk.complaint.startswith("unshare: sigprocmask")


def _too_much(last: dict[str, dict[str, Any]], lines: list[dict[str, Any]]) -> str | None:
    """What the program used too much of, if it did."""
    if "timed_out" in last:
        return "not done in time"
    if any(-line["number"] in _KILLED for line in lines if line["kind"] == "signal"):
        return "killed: too much processor time"
    if any(line["status"] in _KILLED and not line["cut"] for line in lines if line["kind"] == "case"):
        return "killed: too much processor time"
    if any(line.get("status") == OUT_OF_MEMORY or "MemoryError" in line.get("note", "") for line in lines):
        return "too much memory"
    return None

"""What a worker says for each call: nothing but bytes, in order, whatever the call does."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from typing import Any, NamedTuple

import pytest

from r1cli.verify.isolation import worker

CALLS = "tests.r1cli.isolated_calls"
PATIENCE_S = 30.0


class Started(NamedTuple):
    """A worker without a pool."""

    connection: Connection
    process: subprocess.Popen[bytes]

    def ask(self, function: str, *arguments: Any, preload: tuple[str, ...] = (), timeout_s: float = 10) -> None:
        self.connection.send_bytes(pickle.dumps(((CALLS, function), preload, timeout_s, arguments)))

    def hear(self) -> bytes:
        assert self.connection.poll(PATIENCE_S)
        return self.connection.recv_bytes()

    def ended(self) -> tuple[str, Any, str]:
        how, value, note = pickle.loads(self.hear())
        return how, value, note


@pytest.fixture
def started() -> Iterator[Started]:
    ours, theirs = Pipe()
    process = subprocess.Popen([sys.executable, worker.__file__, str(theirs.fileno())], pass_fds=(theirs.fileno(),))
    theirs.close()
    ours.send(sys.path)
    yield Started(ours, process)
    ours.close()
    process.kill()
    process.wait()


def test_a_call_is_announced_before_its_answer(started: Started) -> None:
    started.ask("double", 2, preload=("decimal",))
    assert started.hear() == b""
    assert started.ended() == ("done", 4, "")


def test_one_worker_answers_call_after_call_even_when_one_raises(started: Started) -> None:
    for how, expected in [("raise", "crashed"), ("sys.exit", "crashed"), ("bomb", "timed_out"), ("return", "done")]:
        started.ask("behave", how, "the key")
        assert started.hear() == b""
        ended, _, note = started.ended()
        assert ended == expected, note


def test_what_cannot_be_imported_is_never_announced(started: Started) -> None:
    started.ask("double", 2, preload=("no_such_module",))
    how, value, note = started.ended()
    assert (how, value) == ("crashed", None)
    assert "No module named 'no_such_module'" in note


def test_what_cannot_be_sent_back_is_a_crash_of_the_call(started: Started) -> None:
    started.ask("behave", "unpicklable")
    assert started.hear() == b""
    assert started.ended()[0] == "crashed"


def test_a_worker_ends_when_nobody_will_ask_any_more(started: Started) -> None:
    started.connection.close()
    assert started.process.wait(PATIENCE_S) == 0


def test_an_orphan_that_holds_the_interpreter_is_ended_by_the_kernel(started: Started) -> None:
    """Nobody reads its answer, and no Python code of its own gets a turn: only the timer's signal can end it."""
    started.ask("behave", "hold the GIL", timeout_s=0.5 - worker.GRACE_S)
    assert started.hear() == b""
    assert started.process.wait(PATIENCE_S) == -signal.SIGALRM


def test_the_time_of_one_call_is_not_taken_from_the_next(started: Started) -> None:
    started.ask("double", 1, timeout_s=0.2 - worker.GRACE_S)
    started.hear()
    assert started.ended()[0] == "done"
    with pytest.raises(subprocess.TimeoutExpired):
        started.process.wait(0.5)
    started.ask("double", 2)
    started.hear()
    assert started.ended()[1] == 4

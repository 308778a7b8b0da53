"""r1cli.verify.sandbox.verdict: what a checker said, and what a program may have written in between."""

from __future__ import annotations

import json

import pytest

from r1cli.verify.sandbox.talk import Talk
from r1cli.verify.sandbox.verdict import report_of

NONCE = "a word that the program does not know"


def heard(*lines: object, **talk: object):
    said = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return report_of(Talk(said.encode(), **talk), NONCE, tests=2)


STARTED = {"kind": "started", "nonce": ""}
PASSED = [{"kind": "test", "number": n, "passed": True, "nonce": NONCE} for n in (0, 1)]
DONE = {"kind": "done", "nonce": NONCE, "note": ""}


def test_verdicts_with_the_word_are_believed():
    assert heard(STARTED, *PASSED, DONE).passed == (True, True)


@pytest.mark.parametrize(
    "noise",
    [
        "", "[]", "1", "{}", "null", "{", "[" * 100_000, '{"kind": "test"}', '{"nonce": 1}',
        '{"kind": [], "nonce": ""}',
        '{"kind": "failed", "nonce": "", "note": 5, "error": []}',
        '{"kind": "test", "number": 0, "passed": false, "nonce": ""}',
    ],
)  # fmt: skip
def test_what_a_program_writes_in_between_changes_nothing(noise):
    assert heard(STARTED, noise, *PASSED, noise, DONE).passed == (True, True)


def test_a_sandbox_that_said_nothing_is_broken():
    assert heard("no such file", complaint="no such file", status=1).note == (
        "the sandbox failed: no such file (exit status 1)"
    )


def test_the_clock_and_the_memory_decide_over_what_was_said():
    assert heard(STARTED, *PASSED, overdue=True).how == "timed_out"
    assert heard(STARTED, *PASSED, DONE, too_large=True).passed == ()


def test_without_an_end_nothing_has_passed():
    assert heard(STARTED, *PASSED).passed == (False, False)

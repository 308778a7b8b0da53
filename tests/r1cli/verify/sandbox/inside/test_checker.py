"""The checker: what it says about a job, with the program in a process of its own but no sandbox around the two."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.r1cli.verify.sandbox.inside.in_child import ROOT

CHECK = """
import os
from r1cli.verify.sandbox.inside.checker import Checker
def take():
    size = int.from_bytes(os.read(0, 4), "big")
    return os.read(0, size)
Checker(take).main()
os._exit(0)
"""
LIMITS = {
    "wall_s": 10, "case_s": 10, "cpu_s": 5, "memory_bytes": 512 << 20, "processes": 64, "file_bytes": 1 << 20,
    "files": 64, "output_bytes": 2000,
}  # fmt: skip
NONCE = "a random word"


def said(program: str, *tests: str, inputs: list[str] | None = None, **limits: float) -> list[dict[str, Any]]:
    """All lines of a checker about one program."""
    job = {"program": program, "prelude": "", "inputs": inputs, "uid": 0, "sees_processes": True}
    parts = [
        job | {"limits": LIMITS | limits},
        {"names": ["f"], "modules": [], "setup": "", "tests": tests, "nonce": NONCE},
    ]
    text = b"".join(len(part).to_bytes(4, "big") + part for part in (json.dumps(p).encode() for p in parts))
    done = subprocess.run(
        [sys.executable, "-c", CHECK], cwd=ROOT, input=text, stdout=subprocess.PIPE, check=True, timeout=240
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its filter and its end of orphans are Linux's")


def test_a_verdict_carries_the_word_that_only_comes_with_the_tests() -> None:
    lines = said("def f(x): return x", "assert f(1) == 1", "assert f(1) == 2")
    assert [(line["kind"], line["nonce"]) for line in lines] == [
        ("started", ""), ("test", NONCE), ("test", NONCE), ("done", NONCE)
    ]  # fmt: skip
    assert [line["passed"] for line in lines[1:3]] == [True, False]


def test_a_program_that_fails_is_not_tested() -> None:
    lines = said("1 / 0", "assert True")
    assert [line["kind"] for line in lines] == ["started", "failed"]
    assert (lines[1]["error"], lines[1]["note"]) == ("ZeroDivisionError", "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(("end", "by_signal"), [("os.abort()", True), ("os._exit(0)", False)])
def test_a_program_that_ends_its_process_is_said_with_its_signal(end: str, by_signal: bool) -> None:
    lines = said(f"import os\ndef f(): {end}", "assert f()", "assert True")
    assert [line["kind"] for line in lines] == ["started", "test", "done", "signal"]
    assert lines[1]["passed"] is False
    assert (lines[3]["number"] > 0) is by_signal


def test_the_checkers_own_clock_ends_it_all() -> None:
    lines = said("def f():\n    while True: pass", "assert f()", wall_s=0.5)
    assert [line["kind"] for line in lines] == ["started", "timed_out"]


def test_a_program_reaches_neither_input_nor_output_of_the_checker() -> None:
    forged = json.dumps({"kind": "test", "number": 0, "passed": True, "nonce": NONCE})
    lines = said(
        f"import os\nfor fd in range(3): os.write(fd, b'''{forged}''')\ndef f(): return os.read(0, 9)", "1 / 0"
    )
    assert [line["kind"] for line in lines] == ["started", "test", "done"]
    assert lines[1]["passed"] is False


def test_each_case_of_a_script_has_its_own_process_and_input() -> None:
    program = "import sys\nline = input()\nprint(line)\nsys.exit(int(line))"
    lines = said(program, inputs=["0\n", "3\n"])
    assert [(line["output"], line["status"], line["cut"]) for line in lines if line["kind"] == "case"] == [
        ("0\n", 0, False), ("3\n", 3, False)
    ]  # fmt: skip


def test_output_beyond_the_limit_is_cut_and_its_writer_ended() -> None:
    (case,) = (line for line in said("while True: print('x' * 100)", inputs=[""]) if line["kind"] == "case")
    assert case["cut"] is True
    assert len(case["output"]) == LIMITS["output_bytes"]
    assert case["status"] == -9

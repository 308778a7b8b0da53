"""Memory of a process with its children, counted once where they share it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from r1cli.verify.sandbox.memory import above

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
PARENT = """
import os, sys
held = bytearray(100 << 20)
held[::4096] = b"x" * len(held[::4096])
if os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print("ready", flush=True)
os.wait()
"""


def test_pages_that_a_child_shares_count_once() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    try:
        assert above(process.pid, 90 << 20)
        assert not above(process.pid, 180 << 20)
    finally:
        process.communicate(b"")


def test_a_process_that_is_gone_uses_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not above(process.pid, 1)

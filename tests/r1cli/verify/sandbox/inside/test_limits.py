"""Limits and their end: in a process of its own, since none of it can be taken back."""

from __future__ import annotations

import os
import sys

import pytest

from r1cli.verify.sandbox.inside.limits import memory_file
from tests.r1cli.verify.sandbox.inside.in_child import in_child

PROTECTED = """
import os, resource
from r1cli.verify.sandbox.inside.limits import end_children, limit, protect
protect(0, {"memory_bytes": 512 << 20, "wall_s": 2.5, "files": 32})
"""


def test_an_input_is_read_from_its_beginning_and_left_nowhere() -> None:
    fd = memory_file(b"line 1\nline 2\n")
    with os.fdopen(fd, "rb") as file:
        assert file.read() == b"line 1\nline 2\n"


def test_a_limit_holds_for_good_and_is_never_raised() -> None:
    code = """
import resource
from r1cli.verify.sandbox.inside.limits import limit
limit(resource.RLIMIT_NOFILE, 40)
limit(resource.RLIMIT_NOFILE, 4000)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    assert in_child(code) == "(40, 40)"


def test_what_checker_and_program_share_is_limited() -> None:
    names = ("AS", "CPU", "NOFILE", "CORE")
    code = f"{PROTECTED}print(*(resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[0] for n in {names}))"
    assert in_child(code) == f"{512 << 20} 4 32 0"


def test_memory_beyond_the_limit_is_an_error_and_not_a_crash() -> None:
    code = f"{PROTECTED}\ntry:\n    bytearray(1 << 30)\nexcept MemoryError:\n    print('refused')"
    assert in_child(code) == "refused"


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_privilege_is_left_and_nobody_may_look_inside() -> None:
    code = f"""{PROTECTED}
import ctypes
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print(status['NoNewPrivs'].strip(), int(status['CapEff'], 16), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
    assert in_child(code) == "1 0 0"


def test_what_it_writes_is_for_nobody_else() -> None:
    assert in_child(f"{PROTECTED}print(os.umask(0) == 0o077)") == "True"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
def test_whatever_was_started_is_ended_even_where_its_parent_is_gone() -> None:
    code = f"""{PROTECTED}
import time
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writing, b"%d" % os.getpid())
        time.sleep(600)
    os._exit(0)
orphan = int(os.read(reading, 20))
end_children()
try:
    os.kill(orphan, 0)
except ProcessLookupError:
    print("gone")
"""
    assert in_child(code) == "gone"

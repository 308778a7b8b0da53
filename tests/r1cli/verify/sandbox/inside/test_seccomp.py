"""The filter: its instructions read back as the kernel reads them, and the kernel's own word."""

from __future__ import annotations

import errno
import os
import struct
import sys

import pytest

from r1cli.verify.sandbox.inside import seccomp
from r1cli.verify.sandbox.inside.seccomp import ALLOW, CLONE3, FAIL, KILL, MACHINES, SIGNALS, filter_program
from tests.r1cli.verify.sandbox.inside.in_child import in_child

DENY = FAIL | errno.EPERM
LONGEST = 4096
"""Instructions that the kernel takes (BPF_MAXINSNS)."""


def verdict(code: bytes, *, architecture: int, call: int, argument: int = 0) -> int:
    """What a filter says to a call; a small packet filter machine."""
    data = struct.pack("<IIQQ", call, architecture, 0, argument)
    lines = list(struct.iter_unpack("HBBI", code))
    at = loaded = 0
    while True:
        operation, if_true, if_false, value = lines[at]
        at += 1
        if operation == seccomp.RETURN:
            return int(value)
        if operation == seccomp.LOAD_WORD:
            (loaded,) = struct.unpack_from("<I", data, value)
            continue
        holds = {
            seccomp.JUMP_EQUAL: loaded == value,
            seccomp.JUMP_AT_LEAST: loaded >= value,
            seccomp.JUMP_ANY_BIT: bool(loaded & value),
        }[operation]
        at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_denied_is_denied_and_all_else_is_allowed(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    code = filter_program(architecture, denied, clone)
    assert len(code) // 8 < LONGEST
    for call in range(500):
        expected = DENY if call in denied.values() else FAIL | errno.ENOSYS if call == CLONE3 else ALLOW
        assert verdict(code, architecture=architecture, call=call) == expected, call


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_by_another_table_are_no_way_around(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    code = filter_program(architecture, denied, clone)
    assert verdict(code, architecture=0x40000003, call=1) == KILL  # 32 bits
    assert verdict(code, architecture=architecture, call=seccomp.X32_CALLS + 1) == DENY


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_and_processes_may_be_started_and_namespaces_may_not(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    code = filter_program(architecture, denied, clone)
    thread, new_user = 0x3D0F00, 0x10000000
    assert verdict(code, architecture=architecture, call=clone, argument=thread) == ALLOW
    assert verdict(code, architecture=architecture, call=clone, argument=17) == ALLOW  # a fork: SIGCHLD alone
    assert verdict(code, architecture=architecture, call=clone, argument=thread | new_user) == DENY


def test_both_machines_deny_the_same_calls() -> None:
    assert seccomp.X86_64.keys() == seccomp.AARCH64.keys()
    assert SIGNALS.keys() == MACHINES.keys()


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in MACHINES, reason="there is no filter for this machine"
)
@pytest.mark.parametrize(("signals", "sent"), [(False, "sent"), (True, "EPERM")])
def test_the_kernel_keeps_to_the_filter(signals: bool, sent: str) -> None:
    code = f"""
import ctypes, errno, os
from r1cli.verify.sandbox.inside.seccomp import deny_dangerous_calls
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
print(deny_dangerous_calls(signals={signals}))
print(libc.memfd_create(b"x", 0), errno.errorcode[ctypes.get_errno()])
try:
    os.kill(os.getpid(), 0)
    print("sent")
except OSError as e:
    print(errno.errorcode[e.errno])
"""
    assert in_child(code).split() == ["True", "-1", "EPERM", sent]

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


def verdict(code: bytes, *, architecture: int, call: int, argument: int = 0, second: int = 0) -> int:
    """What a filter says to a call; a small packet filter machine."""
    data = struct.pack("<IIQQQ", call, architecture, 0, argument, second)
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
    code = filter_program(architecture, denied, clone, {})
    assert len(code) // 8 < LONGEST
    for call in range(500):
        expected = DENY if call in denied.values() else FAIL | errno.ENOSYS if call == CLONE3 else ALLOW
        assert verdict(code, architecture=architecture, call=call) == expected, call


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_by_another_table_are_no_way_around(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    code = filter_program(architecture, denied, clone, {})
    assert verdict(code, architecture=0x40000003, call=1) == KILL  # 32 bits
    assert verdict(code, architecture=architecture, call=seccomp.X32_CALLS + 1) == DENY


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_and_processes_may_be_started_and_namespaces_may_not(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    code = filter_program(architecture, denied, clone, {})
    thread, new_user = 0x3D0F00, 0x10000000
    assert verdict(code, architecture=architecture, call=clone, argument=thread) == ALLOW
    assert verdict(code, architecture=architecture, call=clone, argument=17) == ALLOW  # a fork: SIGCHLD alone
    assert verdict(code, architecture=architecture, call=clone, argument=thread | new_user) == DENY


@pytest.mark.parametrize("machine", MACHINES)
def test_a_limit_or_a_file_s_signals_are_ones_own_affair_alone(machine: str) -> None:
    architecture, denied, clone = MACHINES[machine]
    owners = seccomp.OWNERS[machine]
    code = filter_program(architecture, denied | SIGNALS[machine], clone, owners)
    assert len(code) // 8 < LONGEST

    def said(name: str, **arguments: int) -> int:
        return verdict(code, architecture=architecture, call=owners[name], **arguments)

    assert said("prlimit64", argument=0, second=7) == ALLOW
    assert said("prlimit64", argument=4711, second=0) == DENY
    for name, second in [("fcntl", 8), ("fcntl", 15), ("ioctl", 0x8901), ("ioctl", 0x8902)]:
        assert said(name, argument=3, second=second) == DENY
    for name, second in [("fcntl", 1), ("fcntl", 1030), ("ioctl", 0x5401), ("ioctl", 8)]:
        assert said(name, argument=8, second=second) == ALLOW
    assert verdict(code, architecture=architecture, call=clone, argument=17) == ALLOW
    assert verdict(code, architecture=architecture, call=1, argument=8, second=8) == ALLOW


def test_both_machines_deny_the_same_calls() -> None:
    assert seccomp.X86_64.keys() == seccomp.AARCH64.keys()
    assert SIGNALS.keys() == seccomp.OWNERS.keys() == MACHINES.keys()
    assert SIGNALS["x86_64"].keys() == SIGNALS["aarch64"].keys()
    assert seccomp.OWNERS["x86_64"].keys() == seccomp.OWNERS["aarch64"].keys()


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


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in MACHINES, reason="there is no filter for this machine"
)
@pytest.mark.parametrize(
    "way",
    [
        "signal.pthread_kill(threading.get_ident(), 0)",
        "resource.prlimit(os.getpid(), resource.RLIMIT_CPU)",
        "fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())",
        "fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', os.getpid()))",
        "os.setpriority(os.PRIO_PROCESS, os.getpid(), 19)",
        "os.sched_setaffinity(os.getpid(), os.sched_getaffinity(0))",
        "queued()",
    ],
)
def test_no_way_to_end_another_process_is_left_where_it_can_be_seen(way: str) -> None:
    """Each works on the process itself without the filter."""
    code = f"""
import ctypes, fcntl, os, resource, signal, socket, struct, threading
from r1cli.verify.sandbox.inside.seccomp import SIGNALS, deny_dangerous_calls
libc = ctypes.CDLL(None, use_errno=True)

def queued():
    information = struct.pack("iii", 0, 0, -1).ljust(128, b"0")
    number = SIGNALS[os.uname().machine]["rt_tgsigqueueinfo"]
    if libc.syscall(number, os.getpid(), threading.get_native_id(), signal.SIGURG, information) < 0:
        raise OSError(ctypes.get_errno(), "")

def tried():
    try:
        {way}
    except PermissionError:
        return "denied"
    return "done"

print(tried())
libc.prctl(38, 1, 0, 0, 0)
deny_dangerous_calls(signals=True)
print(tried())
"""
    assert in_child(code).split() == ["done", "denied"]

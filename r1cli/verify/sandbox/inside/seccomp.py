"""Inside the sandbox: system calls that the program may not make, by a filter in the kernel (seccomp).

What is denied has nothing to do with solving a problem: ways to memory that no limit counts (System V segments,
anonymous files), to namespaces and mounts of one's own, and large or young parts of the kernel (io_uring, bpf, keys).
Denied calls fail with EPERM, clone3 with ENOSYS, so that the C library falls back to clone, whose flags can be seen.

A filter is a program for the kernel's old packet filter. Ours reads the architecture and the number of the call, and
compares it with one list; any other architecture than the one that we run on is killed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

X86_64 = {
    "shmget": 29, "shmat": 30, "shmctl": 31, "shmdt": 67, "semget": 64, "msgget": 68, "memfd_create": 319,
    "memfd_secret": 447, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "bpf": 321, "keyctl": 250, "add_key": 248,
    "request_key": 249, "userfaultfd": 323, "perf_event_open": 298, "ptrace": 101, "process_vm_readv": 310,
    "process_vm_writev": 311, "pidfd_getfd": 438, "kexec_load": 246, "init_module": 175, "finit_module": 313,
    "swapon": 167, "open_by_handle_at": 304, "name_to_handle_at": 303, "quotactl": 179, "acct": 163,
}  # fmt: skip
AARCH64 = {
    "shmget": 194, "shmat": 196, "shmctl": 195, "shmdt": 197, "semget": 190, "msgget": 186, "memfd_create": 279,
    "memfd_secret": 447, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "bpf": 280, "keyctl": 219, "add_key": 217,
    "request_key": 218, "userfaultfd": 282, "perf_event_open": 241, "ptrace": 117, "process_vm_readv": 270,
    "process_vm_writev": 271, "pidfd_getfd": 438, "kexec_load": 104, "init_module": 105, "finit_module": 273,
    "swapon": 224, "open_by_handle_at": 265, "name_to_handle_at": 264, "quotactl": 60, "acct": 89,
}  # fmt: skip
SIGNALS = {
    "x86_64": {
        "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297,
        "pidfd_send_signal": 424, "setpriority": 141, "ioprio_set": 251, "sched_setaffinity": 203,
        "sched_setscheduler": 144, "sched_setparam": 142, "sched_setattr": 314,
    },
    "aarch64": {
        "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240,
        "pidfd_send_signal": 424, "setpriority": 140, "ioprio_set": 30, "sched_setaffinity": 122,
        "sched_setscheduler": 119, "sched_setparam": 118, "sched_setattr": 274,
    },
}  # fmt: skip
"""Ways to end other processes or to hold them up: denied where those of this machine can be seen."""
OWNERS = {
    "x86_64": {"prlimit64": 302, "fcntl": 72, "ioctl": 16},
    "aarch64": {"prlimit64": 261, "fcntl": 25, "ioctl": 29},
}
"""Calls that end another process by one of their arguments: its limit of processor time set to nothing, or it made the
one that gets the signal of a file of ours."""
SET_OWNER = {"fcntl": (8, 15), "ioctl": (0x8901, 0x8902)}
"""F_SETOWN, F_SETOWN_EX; FIOSETOWN, SIOCSPGRP: second arguments."""
CLONE3 = 435
NEW_NAMESPACES = 0x7E020000 | 0x80
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME among the flags of clone."""
# machine -> (audit number of the architecture, denied calls, number of clone)
MACHINES = {"x86_64": (0xC000003E, X86_64, 56), "aarch64": (0xC00000B7, AARCH64, 220)}
X32_CALLS = 0x40000000
"""On x86_64, calls from here on are those of another table."""

LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
CALL_NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
"""Where they stand in what the kernel hands to a filter (struct seccomp_data, little-endian)."""
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def deny_dangerous_calls(*, signals: bool) -> bool:
    """Set the filter for this process and all that it starts; False where the kernel or the machine has none.

    `no_new_privs` must have been set. `signals`: also whatever could end another process.
    """
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in MACHINES:
        return False
    architecture, denied, clone = MACHINES[machine]
    others = (SIGNALS[machine], OWNERS[machine]) if signals else ({}, {})
    code = filter_program(architecture, denied | others[0], clone, others[1])
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(program), 0, 0) == 0)


def filter_program(architecture: int, denied: dict[str, int], clone: int, owners: dict[str, int]) -> bytes:
    """The filter's instructions, eight bytes each; `owners` as in OWNERS, or nothing."""
    numbers = sorted(set(denied.values()))
    deny = FAIL | errno.EPERM
    lines = [
        _instruction(LOAD_WORD, ARCHITECTURE),
        _instruction(JUMP_EQUAL, architecture, if_true=1),
        _instruction(RETURN, KILL),
        _instruction(LOAD_WORD, CALL_NUMBER),
        _instruction(JUMP_AT_LEAST, X32_CALLS, if_false=1),
        _instruction(RETURN, deny),
        _instruction(JUMP_EQUAL, CLONE3, if_false=1),
        _instruction(RETURN, FAIL | errno.ENOSYS),
    ]
    for number in numbers:
        lines += [_instruction(JUMP_EQUAL, number, if_false=1), _instruction(RETURN, deny)]
    for name, number in owners.items():
        lines += _unless_about_others(name, number, deny)
    lines += [
        _instruction(JUMP_EQUAL, clone, if_false=3),
        _instruction(LOAD_WORD, FIRST_ARGUMENT),
        _instruction(JUMP_ANY_BIT, NEW_NAMESPACES, if_false=1),
        _instruction(RETURN, deny),
        _instruction(RETURN, ALLOW),
    ]
    return b"".join(lines)


def _unless_about_others(name: str, number: int, deny: int) -> list[bytes]:
    """The verdict on one call of OWNERS, by its argument."""
    if name == "prlimit64":  # 0 stands for the process itself
        check = [_instruction(LOAD_WORD, FIRST_ARGUMENT), _instruction(JUMP_EQUAL, 0, if_true=1)]
    else:
        first, second = SET_OWNER[name]
        check = [
            _instruction(LOAD_WORD, SECOND_ARGUMENT),
            _instruction(JUMP_EQUAL, first, if_true=1),
            _instruction(JUMP_EQUAL, second, if_false=1),
        ]
    check += [_instruction(RETURN, deny), _instruction(RETURN, ALLOW)]
    return [_instruction(JUMP_EQUAL, number, if_false=len(check)), *check]


def _instruction(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction of the packet filter; jumps count the instructions that are skipped."""
    return struct.pack("HBBI", code, if_true, if_false, value)

"""Inside the sandbox: what the checker and the program may not do, and the end of all that the program has started."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 36, 38
CAPABILITY_VERSION = 0x20080522


def memory_file(content: bytes) -> int:
    """A descriptor to read `content` from."""
    fd = os.memfd_create("input") if sys.platform == "linux" else _unnamed_file()
    with os.fdopen(os.dup(fd), "wb") as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _unnamed_file() -> int:
    import tempfile

    fd, name = tempfile.mkstemp()
    os.unlink(name)  # noqa: PTH108
    return fd


def limit(which: int, value: int) -> None:
    """Set a limit for good, not above what there is."""
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def protect(uid: int, limits: dict[str, int]) -> None:
    """Give up what privileges there are, close the door to other processes, set the limits that all share."""
    os.umask(0o077)
    if uid and os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    limit(resource.RLIMIT_AS, limits["memory_bytes"])
    # A value that the program returns can keep the checker inside one call of C for ever, where its alarm is not heard:
    # sum(range(10**18)). The kernel ends it then.
    limit(resource.RLIMIT_CPU, math.ceil(limits["wall_s"]) + 1)
    limit(resource.RLIMIT_NOFILE, limits["files"])
    limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)())  # none, if still root
        prctl = libc.prctl
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_children() -> None:
    """Kill whatever the program has started; orphans become ours, so until there are none."""
    if os.getpid() == 1:
        return  # they end with us
    for _ in range(10_000):
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:  # noqa: PTH123
                for child in children.read().split():
                    os.kill(int(child), signal.SIGKILL)
            os.waitpid(-1, 0)
        except (ChildProcessError, FileNotFoundError):
            return
        except ProcessLookupError:
            continue

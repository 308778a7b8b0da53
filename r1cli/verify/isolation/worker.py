"""What a worker of the pool does: a call, its answer, the next call. Run as a program, needs only Python.

For each call the parent hears an empty message when everything is imported, and then how the call ended.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import traceback
from functools import reduce
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MEMORY_BYTES = 2 << 30
"""Address space for a call, beyond what the worker has mapped when the call begins."""
GRACE_S = 5.0
"""An orphan (its parent was killed) that is still busy lives this much longer than its call may take."""


def serve(connection: Connection) -> None:
    """Answer calls until the parent hangs up, or has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(connection.fileno(), False)
    sys.path[:] = connection.recv()
    while True:
        try:
            request = connection.recv_bytes()
        except (EOFError, ConnectionResetError):
            return
        connection.send_bytes(_answer(connection, request))


def _answer(connection: Connection, request: bytes) -> bytes:
    """(how, value, note), pickled."""
    try:
        (module, name), preload, timeout_s, arguments = pickle.loads(request)  # noqa: S301  (written by our own parent)
        for heavy in preload:
            importlib.import_module(heavy)
        function: Any = reduce(getattr, name.split("."), importlib.import_module(module))
        _limit_memory()
        connection.send_bytes(b"")
        _limit_time(timeout_s + GRACE_S)
        return pickle.dumps(("done", function(*arguments), ""))
    except MemoryError:
        return pickle.dumps(("timed_out", None, f"needs more than {MEMORY_BYTES >> 30} GiB"))
    except BaseException:  # noqa: BLE001  (SystemExit and KeyboardInterrupt too: it is the call that ends, not we)
        return pickle.dumps(("crashed", None, traceback.format_exc()))
    finally:
        _limit_time(0)


def _limit_memory() -> None:
    """Linux only: elsewhere nobody says how much is mapped, or the limit is not kept."""
    if sys.platform != "linux":
        return
    import resource

    mapped = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = mapped + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def _limit_time(seconds: float) -> None:
    """The kernel's own timer, whose signal kills without Python's help; the parent, if it lives, is always earlier."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
    os._exit(0)

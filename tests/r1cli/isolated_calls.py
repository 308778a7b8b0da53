"""What tests/r1cli/test_isolation.py has done in worker processes: well-behaved functions and others."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import Any

from r1cli.verify.isolation import pool


def double(x: int) -> int:
    return 2 * x


def pid() -> int:
    return os.getpid()


def behave(how: str, value: Any = None) -> Any:
    """Do as told."""
    match how:
        case "hold the GIL":
            return len(bin(3 ** (10**9)))
        case "sleep":
            time.sleep(600)
        case "exit":
            os._exit(3)
        case "sys.exit":
            sys.exit(0)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise KeyError(value)
        case "bomb":
            return len(bytearray(1 << 40))
        case "unpicklable":
            return lambda: value
        case "ignore SIGTERM":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
    return value


def surroundings() -> tuple[list[str], bool, bool, str]:
    """The environment's names, whether torch is loaded, whether Ctrl-C is ignored, what stdin says."""
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    return sorted(os.environ), "torch" in sys.modules, ignored, sys.stdin.read()


def in_a_spawned_process(results: Any) -> None:
    """Target of a multiprocessing process."""
    results.put([e.value for e in pool.run(double, [(1,), (2,)], timeout_s=10)])


def kill_at_random(stop: threading.Event, kills: list[int], *, seed: int) -> None:
    """Kill children of this process, one every few milliseconds."""
    import random

    import psutil

    chance, me = random.Random(seed), psutil.Process()
    while not stop.is_set():
        if children := me.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(children).kill()
                kills.append(1)
        time.sleep(chance.random() * 0.02)


def spawn_context() -> Any:
    return multiprocessing.get_context("spawn")

"""A worker by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def worker(descriptor: int, command: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "r1cli.sweep.worker", str(descriptor), str(command)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        pass_fds=(descriptor,),
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_worker_whose_command_has_gone_ends_though_its_channel_is_open() -> None:
    ours, theirs = Pipe()
    with ours, theirs:
        ended = worker(theirs.fileno(), command=1)  # started by us: process 1 is not its parent
        assert ended.communicate(timeout=240) == (None, "")
        assert ended.returncode == 0


def test_a_worker_whose_channel_is_closed_ends() -> None:
    ours, theirs = Pipe()
    with theirs:
        ended = worker(theirs.fileno(), command=os.getpid())
    ours.close()
    assert ended.communicate(timeout=240) == (None, "")
    assert ended.returncode == 0

"""A file system whose locks fail, or mean nothing because everybody gets them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import ctypes, sys
ctypes.CDLL(sys.argv[1]).faults_set(b"", -1, 0, int(sys.argv[2]))
from r1cli.terminal.app import run_line
sys.exit(run_line(sys.argv[3:]))
"""


def r1(library: Path, locks: int, *words: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, library, str(locks), *words],
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.torch
@pytest.mark.parametrize("locks", [errno.ENOLCK, -1])
def test_without_locks_files_take_their_place_and_the_run_says_so(
    failing_disk: Path, tmp_path: Path, locks: int
) -> None:
    store = f"paths.store={tmp_path / 'store'}"
    words = ("train", "stage=base", "scale=smoke", "tracking=none", "evaluate=false", "hardware=cpu", store)
    code, said = r1(failing_disk, locks, *words)
    assert code == 0, said
    assert said[0].startswith("locks of the store are files, not flock: flock ")
    assert any("done in" in line for line in said)
    code, said = r1(failing_disk, locks, "status", store)
    assert code == 0, said

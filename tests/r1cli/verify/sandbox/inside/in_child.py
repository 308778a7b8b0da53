"""Run a piece of Python in a process of its own: what limits and filters do cannot be taken back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]


def in_child(code: str) -> str:
    """What the piece prints.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=240).stdout.strip()

"""The process that keeps one lock file alive. r1cli.store.lock_file starts it as a script, so that it begins at once.

It touches the file every few seconds for as long as its standard input is open in some process, and then deletes it. So
the lock is held exactly as long as anybody holds the other end of that pipe, as with a descriptor that has an flock.
Each line that it reads is what the file says from then on.

    python keeper.py FILE TOKEN
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path

TOUCH_S = 5.0


def keep(path: Path, token: str, source: int) -> None:
    """Keep the file, which has this token, until `source` has been closed by all who write to it."""
    pending = b""
    while True:
        ready, _, _ = select.select([source], [], [], TOUCH_S)
        if not _is_ours(path, token):
            return  # deleted, or taken over while this machine slept
        if not ready:
            os.utime(path)
            continue
        piece = os.read(source, 4096)
        if not piece:
            path.unlink(missing_ok=True)
            return
        *lines, pending = (pending + piece).split(b"\n")
        if lines:
            _write(path, {**json.loads(lines[-1]), "token": token, "keeper": os.getpid()})


def _is_ours(path: Path, token: str) -> bool:
    try:
        return bool(json.loads(path.read_bytes())["token"] == token)
    except (OSError, ValueError, KeyError):
        return False


def _write(path: Path, content: dict[str, object]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(content))
    part.replace(path)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), sys.argv[2], sys.stdin.fileno())

"""The standard streams, made ready for whatever they are connected to: nothing, a full disk, a terminal without UTF-8.

A character that the encoding lacks is written as its nearest ASCII, a closed stream swallows what is written, and so
does a standard error that cannot be written any more: there is nobody left to tell. A standard output that cannot be
written is told apart from other failures by `is_broken`, because it was asked for and is not there.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import Any

STDIN, STDOUT, STDERR = 0, 1, 2
NEAREST = str.maketrans(
    {"├": "|", "└": "`", "│": "|", "─": "-", "·": "-", "…": "...", "–": "-", "—": "-", "→": "->", "×": "x", "±": "+-"}
    | {"▁": "_", "▂": "_", "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#", "█": "#", "μ": "u", "✓": "+", "✗": "x"}
)
"""ASCII for what the tables, trees and curves of the terminal are drawn with."""


def prepare() -> None:
    """Make sys.stdin, sys.stdout and sys.stderr usable, whatever this process was started with."""
    codecs.register_error("nearest", _nearest)
    _fill_closed_descriptors()
    if sys.stdin is None:
        sys.stdin = open(STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(STDOUT, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
    raw: Any = _Unfailing(STDERR, "w", closefd=False)
    sys.stderr = io.TextIOWrapper(raw, encoding, "nearest", write_through=True)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="nearest")


def is_broken() -> bool:
    """Whether standard output cannot be written. What it still holds is thrown away then."""
    try:
        sys.stdout.write("\n")  # an empty text would reach no device, and so fail on none
        sys.stdout.flush()
    except OSError:
        abandon()
        return True
    return False


def abandon() -> None:
    """Let standard output go nowhere from now on, so that Python does not fail to flush it at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fill_closed_descriptors() -> None:
    """A closed descriptor would go to the next file that is opened, which would then receive what is printed."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(fd, True)
    os.close(fd)


class _Unfailing(io.FileIO):
    """A file that takes everything, even what it cannot write."""

    def write(self, data: Any, /) -> int:
        with contextlib.suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def _nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(NEAREST)
    return text.encode("ascii", "replace"), error.end

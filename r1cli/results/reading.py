"""Read files of finished results: a damaged file is named in a warning and left out, so that the rest can be shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from r1cli.data.jsonl import LONGEST_LINE
from r1cli.files import json_objects, open_own, own_bytes

LOG = logging.getLogger("r1cli.results")


DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What goes wrong where a file holds other types and numbers than were written."""


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None if there is no such file, or, with a warning, if it is damaged."""
    try:
        value = json.loads(own_bytes(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        warn_damaged(path, str(error))
        return None
    if not isinstance(value, dict):
        warn_damaged(path, "not a JSON object")
        return None
    return value


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects in a file of lines; no file has none, and damaged lines are counted in one warning."""
    damaged = 0
    try:
        with open_own(path) as file:
            # A longer line comes in pieces, which are damaged lines.
            for value in json_objects(iter(partial(file.readline, LONGEST_LINE), b"")):
                if value is None:
                    damaged += 1
                else:
                    yield value
    except FileNotFoundError:
        return
    except OSError as error:
        warn_damaged(path, str(error))
    if damaged:
        warn_damaged(path, f"{damaged} unreadable lines")


def warn_damaged(path: Path, reason: str) -> None:
    """Say which file is left out, and why."""
    LOG.warning("warning: %s is damaged (%s); it is left out", path, reason)

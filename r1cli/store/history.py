"""A record of each execution: what `r1 gc` keeps and `r1 report` draws.

It is `<store>/.runs/<UTC time>-<process>-<name>.json`.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from r1cli.files import own_bytes, write_durably, writing
from r1cli.layout import RUNS

LONGEST_NAME = 50
"""Characters of a run's name in its file's name: that may have 255 bytes, and a cell can be named by a long list."""


class Run(BaseModel):
    """What one execution was to make."""

    name: str
    """Of the recipe or the stage; followed by its values for a cell of a sweep, so that each cell counts by itself."""
    started: float
    """Seconds since the epoch."""
    targets: list[str]
    nodes: dict[str, str]
    """Node -> fingerprint, in the order of the recipe."""


def record(store: Path, run: Run) -> None:
    """Keep `run` on record.

    Raises:
        StoreError: the store cannot be written.
    """
    time = datetime.fromtimestamp(run.started, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    with writing(store):
        folder = store / RUNS
        folder.mkdir(parents=True, exist_ok=True)
        # With the process: sweeps that were started together may come here in the same microsecond.
        name = f"{time}-{os.getpid()}-{run.name.replace('/', '_')[:LONGEST_NAME]}.json"
        write_durably(folder / name, run.model_dump_json(indent=1))


def recent(store: Path) -> list[Run]:
    """All recorded executions, newest first; unreadable files are skipped."""
    runs: list[Run] = []
    for path in sorted((store / RUNS).glob("*.json"), reverse=True):
        with contextlib.suppress(ValidationError, OSError):
            runs.append(Run.model_validate_json(own_bytes(path)))
    return runs

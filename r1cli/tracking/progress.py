"""`progress.json`: how far a running stage is, written by its process and read by every other one."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from r1cli.files import replace_text
from r1cli.layout import PROGRESS


class StageProgress(BaseModel):
    """How far a stage was at one moment."""

    done: int
    """Steps, or prompts."""
    total: int
    shown: dict[str, float | None]
    """The one to three numbers that a person watches; None for NaN and infinities."""
    time: float
    """Seconds since the epoch."""
    pid: int


def write_progress(entry: Path, done: int, total: int, shown: Mapping[str, float | None]) -> None:
    """Say how far the stage in the folder `entry` is; a reader sees the old state or the new one."""
    progress = StageProgress(done=done, total=total, shown=dict(shown), time=time.time(), pid=os.getpid())
    replace_text(entry / PROGRESS, progress.model_dump_json())


def read_progress(entry: Path) -> StageProgress | None:
    """The last progress of the stage in the folder `entry`; None if there is none, or if the file is damaged."""
    try:
        return StageProgress.model_validate_json((entry / PROGRESS).read_bytes())
    except (OSError, ValidationError):
        return None

"""The layout of a store: the name of every file and folder in it, said once.

A stage's own process, the tracker, the store and whoever reads results all meet in these files. What is in them is
described where they are written; `progress.json`, written by one process and read by all others, is described here.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from r1cli.files import own_bytes, replace_text

# Folders of the store that hold no results.
PARTIAL = ".partial"
"""Work in progress, one folder an entry."""
LOCKS = ".locks"
TRASH = ".trash"
RUNS = ".runs"
"""A note of every execution."""
SWEEPS = ".sweeps"
"""Which cells each sweep has, and how they ended."""
CLUSTER = ".cluster"
"""Jobs that were submitted, their scripts and what they print."""
PILOT = ".pilot"
"""What pilot runs have measured of a device and a model."""
HASHES = ".hashes"
"""Remembered sha256 of data files."""
OWN_FOLDERS = (PARTIAL, LOCKS, TRASH, RUNS, SWEEPS, CLUSTER, PILOT, HASHES)

# Files of an entry that stay when it is published.
MANIFEST = "manifest.json"
"""Written last: an entry with a manifest is complete."""
CONFIG = "config.yaml"
OUT = "out"
"""Folder with what the stage makes."""
LOG = "log.txt"
PROGRESS = "progress.json"
METRICS = "metrics.jsonl"
WARNINGS = "warnings.jsonl"
"""What went wrong while training: step, said, metric, value; no such file, no warning."""
TABLES = "tables"
"""Folder of sampled completions and other tables, one JSONL file each."""
SUMMARY = "summary.json"
WANDB_ID = "wandb_id"
WANDB = "wandb"
"""Folder that W&B makes, and links in as it likes; nothing here reads it."""

RECORDS = (CONFIG, LOG, PROGRESS, METRICS, TABLES, SUMMARY)
"""What is written down beside what is made. (W&B's own folder is W&B's: `wandb sync` writes to it.)"""

# Files of an entry that exist only while it is being made.
CHECKPOINT = "checkpoint"
"""Folder that a stage resumes from."""
WORK = "work.json"
SPEC = "spec.json"
RESULT = "result.json"
"""Written by the stage's process when the stage has returned."""
ERROR = "error.json"
STOP = "stop"
"""Somebody asked for the end of the work; see r1cli.engine.stop."""
TORCHRUN = "torchrun"
"""Folder for torchrun's own files, which it leaves behind when it is ended."""
UNPUBLISHED = (CHECKPOINT, WORK, SPEC, RESULT, ERROR, STOP, TORCHRUN)
"""Removed before an entry is published; the checkpoint first, because it is the largest."""


FEWEST_DIGITS = 4
"""Of a fingerprint, for a person to name a result by its beginning."""


def entry_name(node: str, fingerprint: str) -> str:
    """The name of an entry's folder: `coldstart-0123456789abcdef`."""
    return f"{node}-{fingerprint[:16]}"


def parts_of_entry_name(name: str) -> tuple[str, str]:
    """(node, first 16 digits of the fingerprint) that an entry's folder is named after."""
    node, _, digits = name.rpartition("-")
    return node, digits


class TrainingWarning(BaseModel, frozen=True):
    """One line of `warnings.jsonl`: what went wrong with a training, and when."""

    step: int
    said: str
    metric: str
    """That shows it, without `train/`."""
    value: float

    def line(self, node: str) -> str:
        """For a person."""
        return f"warning: {node}, update {self.step}: {self.said}"


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


def read_warnings(entry: Path) -> list[TrainingWarning]:
    """What the stage in the folder `entry` has warned of; half a line, of a file that is being written, is left out."""
    warnings = []
    with contextlib.suppress(OSError):
        for line in own_bytes(entry / WARNINGS).splitlines():
            with contextlib.suppress(ValidationError):
                warnings.append(TrainingWarning.model_validate_json(line))
    return warnings


def read_progress(entry: Path) -> StageProgress | None:
    """The last progress of the stage in the folder `entry`; None if there is none, or if the file is damaged."""
    try:
        return StageProgress.model_validate_json(own_bytes(entry / PROGRESS))
    except (OSError, ValidationError):
        return None

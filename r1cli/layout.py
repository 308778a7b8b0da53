"""The layout of a store: the name of every file and folder in it, said once.

A stage's own process, the tracker, the store and whoever reads results all meet in these files. What is in them is
described where they are written.
"""

from __future__ import annotations

# Folders of the store that hold no results.
PARTIAL = ".partial"
"""Work in progress, one folder an entry."""
LOCKS = ".locks"
TRASH = ".trash"
RUNS = ".runs"
"""A note of every execution."""
SWEEPS = ".sweeps"
"""Which cells each sweep has, and how they ended."""
HASHES = ".hashes"
"""Remembered sha256 of data files."""

# Files of an entry that stay when it is published.
MANIFEST = "manifest.json"
"""Written last: an entry with a manifest is complete."""
CONFIG = "config.yaml"
OUT = "out"
"""Folder with what the stage makes."""
LOG = "log.txt"
PROGRESS = "progress.json"
METRICS = "metrics.jsonl"
TABLES = "tables"
"""Folder of sampled completions and other tables, one JSONL file each."""
SUMMARY = "summary.json"
WANDB_ID = "wandb_id"

# Files of an entry that exist only while it is being made.
CHECKPOINT = "checkpoint"
"""Folder that a stage resumes from."""
WORK = "work.json"
SPEC = "spec.json"
RESULT = "result.json"
"""Written by the stage's process when the stage has returned."""
ERROR = "error.json"
UNPUBLISHED = (CHECKPOINT, WORK, SPEC, RESULT, ERROR)
"""Removed before an entry is published; the checkpoint first, because it is the largest."""


def entry_name(node: str, fingerprint: str) -> str:
    """The name of an entry's folder: `coldstart-0123456789abcdef`."""
    return f"{node}-{fingerprint[:16]}"

"""What a store shows of the work in it, for benchmarks/soak.py: when to kill, what is left to resume, how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from r1cli.layout import CHECKPOINT, LOCKS, MANIFEST, METRICS, PARTIAL, PROGRESS, SWEEPS, TABLES
from r1cli.results import samples
from r1cli.store import lock
from r1cli.store.records import Entry
from r1cli.training import checkpoints


def left_to_resume(store: Path) -> str:
    """What a new process goes on from, in unfinished work that nobody is at; empty if there is nothing."""
    for entry in (store / PARTIAL).iterdir():
        checkpoint = entry / CHECKPOINT
        if lock.is_held(store / LOCKS / entry.name):
            continue
        if any(map(checkpoints.is_intact, checkpoint.glob("shard-*"))):
            return "shards"
        if any(map(checkpoints.is_intact, checkpoints.of(checkpoint))):
            return "a checkpoint"
        # Those to one problem are written together; two of them are all, or more.
        if any(len(samples.read(file)) > 1 for file in checkpoint.glob("problems*.jsonl")):
            return "answers"
    return ""


def sealed_since(store: Path, began: float) -> bool:
    """Has this attempt written a whole checkpoint (an evaluation writes none: has it got anywhere)?"""
    partial = store / PARTIAL
    signs = (f"*/{CHECKPOINT}/*/complete", f"eval_*/{PROGRESS}")
    return any(_is_younger(path, began) for sign in signs for path in partial.glob(sign))


def anything(store: Path, _began: float) -> bool:
    """Has anything been begun?"""
    return any((store / PARTIAL).glob("*/*"))


def publishing(store: Path, _began: float) -> bool:
    """Is a result being published?"""
    return any((store / PARTIAL).glob(f"*/{MANIFEST}"))


def steps(entry: Entry) -> dict[str, list[int]]:
    """File -> the steps in it, in their order."""
    files = [entry.path / METRICS, *sorted((entry.path / TABLES).glob("*.jsonl"))]
    return {
        f.name: [json.loads(line)["step"] for line in f.read_text("utf-8").splitlines()] for f in files if f.is_file()
    }


def cells(store: Path) -> Iterator[tuple[Path, str]]:
    """Every cell of every sweep, and how it ended."""
    for path in (store / SWEEPS).glob("*/cells/*.json"):
        yield path, json.loads(path.read_text("utf-8"))["state"]


def _is_younger(path: Path, began: float) -> bool:
    try:
        return path.stat().st_mtime > began
    except FileNotFoundError:
        return False


SIGNS = {"checkpoint": sealed_since, "start": anything, "publication": publishing}
"""When something is killed -> how the store shows that it is time."""

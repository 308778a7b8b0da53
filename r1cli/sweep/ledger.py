"""How far a sweep is: `<store>/.sweeps/<id>/`, one file about the sweep and one about each cell.

It is a record for people: the store decides what is reused or resumed. It has one writer for each file, so that a sweep
which is killed anywhere can still be read: the command, or, where Hydra runs the cells on several machines, each cell.
Two identical sweeps at the same time have a folder each: `<id>` and `<id>-2`.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from r1cli.files import children, own_bytes, remove, write_durably, writing
from r1cli.layout import SWEEPS
from r1cli.store.lock import try_acquire
from r1cli.store.own import check_work

CellState = Literal["running", "done", "failed", "stopped", "not run"]


class CellRecord(BaseModel):
    """One cell."""

    number: int
    name: str
    state: CellState
    started: float = 0.0
    """Seconds since the epoch."""
    ended: float | None = None
    made: int = 0
    """Stages that this cell trained."""
    reused: int = 0
    """Stages whose result was in the store."""
    checkpoint: str = ""
    """The last model that was evaluated."""
    measures: dict[str, dict[str, float]] = {}
    """Of that model: metric -> mean, low, high."""
    evaluations: list[str] = []
    """Fingerprints."""
    error: str = ""
    log: str = ""
    """Of the stage that broke."""

    @property
    def seconds(self) -> float | None:
        return self.ended - self.started if self.ended is not None else None

    def end(self, state: CellState, **facts: Any) -> CellRecord:
        """The record of a cell that has just ended so."""
        return self.model_copy(update={"state": state, "ended": time.time(), **facts})


class SweepRecord(BaseModel):
    """The sweep as it was begun last."""

    id: str
    line: list[str]
    swept: list[str]
    """Keys that differ between cells."""
    cells: list[str]
    """Names of the cells; empty where the sweeper finds them as it goes."""
    pid: int
    """Of the command; its workers end when it does."""
    at_once: int


@dataclass(frozen=True)
class Ledger:
    """Notes on one sweep."""

    folder: Path
    lock: int | None = None
    """Descriptor that keeps the folder for the command that began it, as long as that lives."""

    @classmethod
    def all_of(cls, store: Path, sweep: str) -> list[Ledger]:
        """Of a sweep, the last that ran; several, if some like it ran at the same time."""
        return [cls(file.parent) for file in sorted((store / SWEEPS).glob(f"{sweep}*/sweep.json"))]

    @staticmethod
    def folder_of(store: Path, sweep: str) -> Path:
        """Where the notes on a sweep are."""
        return store / SWEEPS / sweep

    @classmethod
    def begin(cls, store: Path, sweep: SweepRecord) -> Ledger:
        """Start the notes over; the folder of a sweep that still runs is left alone.

        Raises:
            StoreError: the store cannot be written.
        """
        with writing(store):
            for attempt in count(1):
                folder = cls.folder_of(store, sweep.id if attempt == 1 else f"{sweep.id}-{attempt}")
                folder.mkdir(parents=True, exist_ok=True)
                check_work(folder)
                if (lock := try_acquire(folder / "lock")) is not None:
                    break
            ledger = cls(folder, lock)
            remove(ledger._cells)
            ledger._cells.mkdir()
            write_durably(folder / "sweep.json", sweep.model_dump_json(indent=1))
        return ledger

    def sweep(self) -> SweepRecord:
        """What was begun."""
        return SweepRecord.model_validate_json(own_bytes(self.folder / "sweep.json"))

    def write(self, cell: CellRecord) -> None:
        """Note what became of a cell."""
        with writing(self.folder.parent.parent):
            self._cells.mkdir(parents=True, exist_ok=True)
            write_durably(self._cells / f"{cell.number}.json", cell.model_dump_json(indent=1))

    def cells(self) -> list[CellRecord]:
        """All cells by their number, those that never started included, as far as the notes can be read."""
        names: list[str] = []
        with contextlib.suppress(ValidationError, OSError):
            names = self.sweep().cells
        records = {number: CellRecord(number=number, name=name, state="not run") for number, name in enumerate(names)}
        for path in children(self._cells):
            with contextlib.suppress(ValidationError, OSError):
                record = CellRecord.model_validate_json(own_bytes(path))
                records[record.number] = record
        return [records[number] for number in sorted(records)]

    @property
    def _cells(self) -> Path:
        return self.folder / "cells"

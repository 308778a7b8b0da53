"""How far a sweep is: `<store>/.sweeps/<id>/`, one file about the sweep and one about each cell.

Each cell's process writes the file of that cell and nothing else, so that a sweep which is killed anywhere, or runs on
several machines, leaves a ledger that can be read. It is a note only: the store decides what is reused or resumed.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from r1cli.files import children, remove, write_durably, writing

State = Literal["running", "done", "failed", "stopped", "not run"]


class CellRecord(BaseModel):
    """One cell."""

    number: int
    name: str
    state: State
    started: float = 0.0
    """Seconds since the epoch."""
    ended: float | None = None
    made: int = 0
    """Stages that this cell trained or finished; `reused` those that were there."""
    reused: int = 0
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

    @classmethod
    def of(cls, store: Path, sweep: str) -> Ledger:
        """Where a store keeps the notes on a sweep."""
        return cls(store / ".sweeps" / sweep)

    def begin(self, sweep: SweepRecord) -> None:
        """Start over: the same line again has all its cells before it.

        Raises:
            StoreError: the store cannot be written.
        """
        with writing(self.folder.parent.parent):
            remove(self._cells)
            self._cells.mkdir(parents=True)
            write_durably(self.folder / "sweep.json", sweep.model_dump_json(indent=1))

    def sweep(self) -> SweepRecord:
        """What was begun."""
        return SweepRecord.model_validate_json((self.folder / "sweep.json").read_bytes())

    def write(self, cell: CellRecord) -> None:
        """Note what became of a cell."""
        with writing(self.folder.parent.parent):
            self._cells.mkdir(parents=True, exist_ok=True)
            write_durably(self._cells / f"{cell.number}.json", cell.model_dump_json(indent=1))

    def cells(self) -> list[CellRecord]:
        """All cells by their number, those that never started included."""
        found: dict[int, CellRecord] = {
            number: CellRecord(number=number, name=name, state="not run")
            for number, name in enumerate(self.sweep().cells)
        }
        for path in children(self._cells):
            with contextlib.suppress(ValidationError, OSError):
                record = CellRecord.model_validate_json(path.read_bytes())
                found[record.number] = record
        return [found[number] for number in sorted(found)]

    @property
    def _cells(self) -> Path:
        return self.folder / "cells"

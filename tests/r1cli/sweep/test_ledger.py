"""Notes on a sweep: one writer for each file, one folder for each command that runs."""

from __future__ import annotations

import os
from pathlib import Path

from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord


def sweep() -> SweepRecord:
    return SweepRecord(id="s-1", line=["run"], swept=["seed"], cells=["seed=0", "seed=1"], pid=1, at_once=2)


def test_cells_that_never_started_are_listed(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, sweep())
    ledger.write(CellRecord(number=1, name="seed=1", state="done"))
    assert [(cell.name, cell.state) for cell in ledger.cells()] == [("seed=0", "not run"), ("seed=1", "done")]
    assert [one.cells() for one in Ledger.all_of(tmp_path, "s-1")] == [ledger.cells()]


def test_a_torn_record_counts_as_not_run(tmp_path: Path) -> None:
    ledger = Ledger.begin(tmp_path, sweep())
    (ledger.folder / "cells" / "0.json").write_text('{"number": 0')
    assert ledger.cells()[0].state == "not run"


def test_an_identical_sweep_that_runs_keeps_its_folder(tmp_path: Path) -> None:
    first = Ledger.begin(tmp_path, sweep())
    first.write(CellRecord(number=0, name="seed=0", state="done"))
    second = Ledger.begin(tmp_path, sweep())
    assert second.folder != first.folder
    assert first.cells()[0].state == "done"
    assert first.lock is not None
    os.close(first.lock)  # as when its command ends
    assert Ledger.begin(tmp_path, sweep()).folder == first.folder
    assert first.cells()[0].state == "not run"

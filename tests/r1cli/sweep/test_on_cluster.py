"""A cell of a sweep in a job of its own: what it runs, and what it notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError, StageFailed
from r1cli.stage import SilentListener
from r1cli.sweep import grid, on_cluster
from r1cli.sweep.ledger import Ledger, SweepRecord
from tests.r1cli.cluster.fake_slurm import settings
from tests.r1cli.fake_stages import chain, job


def _ledger(store: Path) -> Ledger:
    record = SweepRecord(id="x", line=["run"], swept=["a"], cells=["a=1", "a=2"], pid=1, at_once=1)
    return Ledger.begin(store, record)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    made = _ledger(tmp_path / "s")
    monkeypatch.setenv("R1_CELL", "1")
    monkeypatch.setenv("R1_SWEEP", str(made.folder))
    return made


def test_a_search_submits_its_own_jobs() -> None:
    sweep = grid.of("run", ["recipe=r1_zero", "seed=0,1", "hydra/launcher=joblib"])
    with pytest.raises(ConfigError, match="submits its own jobs"):
        on_cluster.submission(sweep, [], settings(), Path("ledger"))


def test_a_cell_runs_and_notes_what_it_made(ledger: Ledger, tmp_path: Path) -> None:
    assert on_cluster.is_cell()
    on_cluster.run_cell_here(job(tmp_path / "s", chain()), SilentListener(), objective="accuracy")
    first, second = ledger.cells()
    assert (first.state, second.state, second.name) == ("not run", "done", "a=2")
    assert second.made > 0


def test_a_cell_that_fails_says_so_in_the_ledger_and_to_slurm(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(StageFailed):
        on_cluster.run_cell_here(job(tmp_path / "s", chain(at_end="raise")), SilentListener(), objective="accuracy")
    assert ledger.cells()[1].state == "failed"

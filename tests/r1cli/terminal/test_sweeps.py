"""Which way a sweep goes, and what is said of it; real sweeps are in tests/r1cli/sweep/test_run.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import StageFailed
from r1cli.sweep import run as sweep_run
from r1cli.sweep.ledger import CellRecord, Ledger
from r1cli.terminal import sweeps


@pytest.fixture
def line(tmp_path: Path) -> list[str]:
    return ["stage=coldstart", "seed=0,1", "scale=smoke", f"paths.store={tmp_path}", "hardware=cpu", "jobs=2"]


def pool_that_ends(state: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ran: list[str] = []

    def in_pool(sweep: Any, jobs: Sequence[Any], ledger: Ledger, listener: Any) -> None:
        for number, job in enumerate(jobs):
            ran.append(job.cell)
            ledger.write(CellRecord(number=number, name=job.cell, state=state if number else "done"))

    monkeypatch.setattr(sweep_run, "in_pool", in_pool)
    return ran


def never(lines: Sequence[str]) -> None:
    raise AssertionError(lines)


def test_a_grid_runs_in_our_own_pool(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = pool_that_ends("done", monkeypatch)
    sweeps.run("train", line, folders=(), hand_over=never)
    assert ran == ["seed=0", "seed=1"]
    assert ": 2 cells, 2 at a time" in capsys.readouterr().err


def test_a_cell_that_was_still_running_was_stopped(
    line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool_that_ends("running", monkeypatch)
    with pytest.raises(StageFailed, match="1 of 2 cells failed"):
        sweeps.run("train", line, folders=(), hand_over=never)
    assert "stopped" in capsys.readouterr().out


@pytest.mark.parametrize("more", ["hydra/launcher=joblib", "hydra/sweeper=optuna"])
def test_searches_and_named_launchers_are_handed_over(
    more: str, line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handed: list[Sequence[str]] = []
    if "launcher" in more:
        with pytest.raises(StageFailed, match="2 of 2 cells failed"):  # nobody ran them
            sweeps.run("train", [*line, more], folders=(), hand_over=handed.append)
    else:
        sweeps.run("train", [*line, more], folders=(), hand_over=handed.append)
    [lines] = handed
    assert more in lines
    assert any(word.startswith("+hydra.job.env_set.R1_SWEEP=") for word in lines)

"""Tables about a sweep."""

from __future__ import annotations

import pytest

from r1cli.sweep.estimate import CellPlan, NodePlan, SweepPlan
from r1cli.sweep.ledger import CellRecord
from r1cli.terminal.views import sweep


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def test_each_cell_is_a_line_and_each_failure_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    accuracy = {"accuracy": {"mean": 0.5, "low": 0.4, "high": 0.6}}
    cells = [
        CellRecord(number=0, name="[seed=0]", state="done", started=0, ended=75, made=2, reused=1, measures=accuracy),
        CellRecord(number=1, name="seed=1", state="failed", error="first line\nit broke", log="x/log.txt"),
        CellRecord(number=2, name="seed=2", state="not run"),
    ]
    sweep.summary(cells, "accuracy")
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        ["cell", "state", "time", "new", "model", "accuracy", "language"],
        ["[seed=0]", "done", "1:15", "2", "of", "3", "0.50±.10", "-"],
        ["seed=1", "failed", "-", "-"],
        ["seed=2", "not", "run", "-", "-"],
    ]
    assert err == "seed=1: first line\n  it broke\n  x/log.txt\n"


def test_a_dry_run_says_which_cells_need_a_node(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = (
        NodePlan("base", "stored", 1, (0, 1, 2, 4), "3 epochs", 0, 60.0),
        NodePlan("grpo", "to run", 2, (1,), "80 updates", 80, None),
    )
    sweep.dry_run(SweepPlan((CellPlan(0, "seed=0", 1, 1),), nodes, at_once=2))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["1", "seed=0", "1", "1"]
    assert lines[3] == ["base", "1-3,", "5", "stored", "3", "epochs"]
    assert lines[4] == ["grpo", "x", "2", "2", "to", "run", "80", "updates", "unknown"]
    assert " ".join(lines[5]) == "2 stages to run, 160 updates; time unknown for grpo; nothing was trained"

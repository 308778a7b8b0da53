"""The pool itself, with jobs that are too simple to be trained."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from r1cli.stage import NodeEvent, SilentListener
from r1cli.sweep.ledger import CellRecord
from r1cli.sweep.pool import Pool

FAKE_CELLS = '''
"""Jobs that say what is to happen, and what takes the place of r1cli.engine.execute to do it."""
import os, signal, sys, types
from dataclasses import dataclass
from pathlib import Path
from r1cli.stage import NodeEvent

@dataclass
class FakeJob:
    cell: str
    does: str
    store: Path = Path("store")

def execute(job, listener):
    listener.note(str(os.getpid()))
    listener.node(NodeEvent("started", "n", "K", "f", Path("p")))
    listener.progress("n", 1, 2, {"loss": None})
    if job.does == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if job.does == "exit":
        os._exit(3)
    if job.does == "fail":
        raise ValueError("a bug")
    listener.node(NodeEvent("made", "n", "K", "f", Path("p")))

module = types.ModuleType("r1cli.engine.execute")
module.execute = execute
sys.modules["r1cli.engine.execute"] = module
'''


class Heard(SilentListener):
    """Keeps what a cell reported."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.events: list[NodeEvent] = []
        self.shown: list[Mapping[str, float | None]] = []

    def node(self, event: NodeEvent) -> None:
        self.events.append(event)

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        self.shown.append(shown)

    def note(self, line: str) -> None:
        self.notes.append(line)


@pytest.fixture(autouse=True)
def _workers_with_a_fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fake_cells.py").write_text(FAKE_CELLS)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("fake_cells", None)


def jobs(*does: str) -> Any:
    """Jobs of a class that a worker can import; importing it puts the fake engine in place there."""
    before = sys.modules.get("r1cli.engine.execute")
    import fake_cells

    if before is None:
        del sys.modules["r1cli.engine.execute"]
    else:
        sys.modules["r1cli.engine.execute"] = before
    return [fake_cells.FakeJob(cell=f"cell {i}", does=d) for i, d in enumerate(does)]


def run(*does: str, at_once: int) -> tuple[list[CellRecord], dict[str, Heard], list[CellRecord]]:
    heard: dict[str, Heard] = {}
    written: list[CellRecord] = []
    with Pool() as pool:
        records = pool.run(
            jobs(*does), at_once=at_once, listener=lambda name: heard.setdefault(name, Heard()), record=written.append
        )
    return records, heard, written


def test_the_command_hears_all_that_a_cell_reports() -> None:
    records, heard, written = run("", at_once=1)
    assert [(r.name, r.state, r.made) for r in records] == [("cell 0", "done", 1)]
    assert [e.state for e in heard["cell 0"].events] == ["started", "made"]
    assert heard["cell 0"].shown == [{"loss": None}]
    assert [r.state for r in written] == ["running", "done"]


def test_a_worker_takes_one_cell_after_another() -> None:
    _, heard, _ = run("", "", "", at_once=1)
    assert len({h.notes[0] for h in heard.values()}) == 1


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("die", "its process was killed by SIGKILL"),
        ("exit", "its process ended with exit code 3"),
        ("fail", "ValueError: a bug"),
    ],
)
def test_a_cell_that_breaks_costs_no_other(does: str, words: str) -> None:
    records, _, _ = run("", does, "", "", at_once=2)
    assert [r.state for r in records] == ["done", "failed", "done", "done"]
    assert words in records[1].error


def test_no_worker_outlives_the_pool() -> None:
    _, heard, _ = run("", "", at_once=2)
    assert not any(psutil.pid_exists(int(h.notes[0])) for h in heard.values())

"""What a sweep would train, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.sweep import estimate
from r1cli.sweep.grid import Cell
from tests.r1cli.fake_stages import chain, count, execute, job

pytestmark = pytest.mark.usefixtures("fake_torch")


def two_cells(store: Path):
    """Both start from `a`; `b` differs."""
    return [
        job(store, {"a": count(), "b": count({"model": "a"}, trainer={"learning_rate": rate})}) for rate in (0.1, 0.2)
    ]


def test_what_cells_share_is_counted_once(tmp_path: Path) -> None:
    cells = [Cell(0, "rate=0.1", ()), Cell(1, "rate=0.2", ())]
    plan = estimate.plan(cells, two_cells(tmp_path / "store"), at_once=2)
    assert [(n.node, n.copies, n.cells, n.work) for n in plan.nodes] == [
        ("a", 1, (0, 1), "3 updates"),
        ("b", 2, (0, 1), "3 updates"),
    ]
    assert [(c.to_run, c.stored) for c in plan.cells] == [(2, 0), (2, 0)]
    assert plan.summary() == "3 stages to run, 9 updates; time unknown for a, b"
    assert estimate.shared(two_cells(tmp_path / "store")) == ["a"]


def test_a_stage_that_had_as_much_to_do_says_how_long_it_takes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    execute(job(store, chain(trainer={"learning_rate": 0.5})))
    plan = estimate.plan((), [job(store, chain(trainer={"learning_rate": 0.7}))])
    assert all(node.seconds is not None for node in plan.nodes)
    longer = estimate.plan((), [job(store, chain(steps=5))])
    assert all(node.seconds is None for node in longer.nodes)


def test_everything_may_be_stored(tmp_path: Path) -> None:
    jobs = two_cells(tmp_path / "store")
    for one in jobs:
        execute(one)
    plan = estimate.plan((), jobs)
    assert {node.state for node in plan.nodes} == {"stored"}
    assert plan.summary() == "everything is stored"
    assert estimate.shared(jobs) == []

"""Headings are computed, and say no more than the numbers do."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.report import curves, findings, graph, rejection
from r1cli.results import select, table, trade_offs
from r1cli.results.evaluations import read_evaluations
from r1cli.results.lineage import Lineage
from r1cli.results.statistics import Interval
from r1cli.results.table import TableRow
from r1cli.store import history
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def row(node: str, name: str, accuracy: float, language: float | None) -> TableRow:
    measures = {
        "accuracy": Interval(accuracy, 0, 1),
        "language": None if language is None else Interval(language, 0, 1),
    }
    return TableRow(node, "", name, (0,), ("f",), "problems", 300, 4, measures, ({},), None, None, {})


@pytest.mark.parametrize(
    ("base", "zero", "said"),
    [
        (
            0.5,
            0.51,
            "R1 reaches 0.80 and thinks in the question's language (0.97); R1-Zero reaches 0.58 and keeps mixing",
        ),
        (0.9, 0.51, "R1-Zero reaches 0.58 and mixes languages (0.51)"),
        (0.5, 0.80, "R1-Zero reaches 0.58 and mixes languages now and then (0.80)"),
        (0.5, 0.95, "R1-Zero reaches 0.58 and thinks in the question's language (0.95)"),
        (0.5, None, "; R1-Zero reaches 0.58"),
    ],
)
def test_the_headline_follows_the_numbers(base: float, zero: float | None, said: str) -> None:
    rows = [row("base", "Base", 0.1, base), row("r1_zero", "R1-Zero", 0.58, zero)]
    assert said in findings.headline([*rows, row("all_scenario_rl", "R1", 0.8, 0.97)])


def test_there_is_a_headline_for_a_base_alone_and_none_for_nothing() -> None:
    assert findings.headline([row("base", "Base", 0.1, 0.5)]) == "Base reaches 0.10 and mixes languages (0.50)"
    assert findings.headline([]) == ""


def test_headings_of_a_whole_store(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.recipe(0)  # runs again: all is reused
    weights = {"accuracy": 1.0, "language": 0.0}
    fake.evaluated(
        "reasoning_rl", 0, model=fake.trained("reasoning_rl", 0, {"model": "coldstart"}, weights), language=0.6
    )
    entries = Store(tmp_path).entries()
    lineage, evaluations = Lineage(entries), select.comparable(read_evaluations(entries))
    (choices,) = trade_offs.trade_offs(lineage, evaluations).values()
    samplings = rejection.samplings(lineage)
    steps = graph.steps(lineage, history.recent(tmp_path))
    assert findings.of_stages(table.over_seeds(select.labelled(evaluations))).startswith("From 15% (Base) to ")
    assert findings.of_curves(curves.curves(lineage.arms)).startswith("Accuracy in training: R1-Zero rises from 0.")
    assert "a language weight of 0 to 0.5 moves language consistency from 0.60 to 0.97" in findings.of_trade_off(
        choices
    )
    assert findings.of_rejection(samplings) == "38% of 40 sampled responses were kept; most were dropped as wrong (50%)"
    assert findings.of_recipe(steps).startswith("8 stages take 40.0 s a seed, ")


def test_only_values_with_a_source_are_counted() -> None:
    counts = {"paper": 5, "scaled": 2, "ours": 3, "given": 1, "": 40}
    assert findings.of_provenance(counts).startswith(
        "Of 11 values with a source 5 are the paper's, 2 are scaled down from it"
    )

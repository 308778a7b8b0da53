"""Rows of the stage table: means over seeds, intervals, and what is said of differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.results import select, table
from r1cli.results.evaluations import Evaluation
from r1cli.results.measures import MEASURES
from r1cli.results.statistics import Difference, Interval
from r1cli.results.table import Differences, TableRow
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation, interval, model


def shown(store: Path, **how: bool) -> list[Evaluation]:
    return select.evaluations(Store(store), **how)


KEYS = ("checkpoint", "fingerprint", "seed", "n_problems", "k", *MEASURES, "cell")


def of(differences: Differences | None, measure: str = "accuracy") -> Difference:
    assert differences is not None
    difference = differences[measure]
    assert difference is not None
    return difference


def accuracy(row: TableRow) -> Interval:
    interval = row.measures["accuracy"]
    assert interval is not None
    return interval


def test_rows_are_compared_in_the_papers_order_with_the_promised_keys(tmp_path: Path) -> None:
    for node in ("distill", "coldstart", "base", "all_scenario_rl", "r1_zero", "rejection_sft", "reasoning_rl"):
        evaluation(tmp_path, node)
    rows = [table.as_json(row, single=True, differences=False) for row in table.per_seed(shown(tmp_path))]
    names = ["base", "r1_zero", "coldstart", "reasoning_rl", "rejection_sft", "all_scenario_rl", "distill"]
    assert [r["checkpoint"] for r in rows] == names
    assert {tuple(r) for r in rows} == {KEYS}
    assert {r["fingerprint"] for r in rows} == {"0" * 64}


def test_cells_are_rows_of_their_own_with_what_tells_them_apart(sweep: Path) -> None:
    rows = table.over_seeds(shown(sweep, every_configuration=True))
    assert [(r.name, r.seeds) for r in rows] == [
        ("R1-Zero", (0, 1)),
        ("Dev2 language=0", (0, 1)),
        ("Dev2 language=0.1", (0, 1)),
    ]
    newest = table.over_seeds(shown(sweep))
    assert [(r.name, r.seeds) for r in newest] == [("R1-Zero", (0, 1)), ("Dev2", (0, 1))]


def test_several_seeds_have_an_interval_over_seeds_and_one_has_its_own(sweep: Path) -> None:
    (zero,) = table.over_seeds(select.named(shown(sweep), ["r1_zero"]))
    assert zero.over == "seeds"
    assert accuracy(zero).mean == pytest.approx(0.3125)  # 0.25 and 0.375
    # Two seeds have Student's t as well: wide, as two seeds say little.
    assert accuracy(zero).high - 0.3125 == pytest.approx(12.706 * 0.0625, abs=1e-3)
    assert [means["accuracy"] for means in zero.by_seed] == [0.25, 0.375]
    assert zero.paper["AIME 2024 pass@1"] == 77.9
    (one,) = table.over_seeds([e for e in shown(sweep) if (e.checkpoint, e.seed) == ("r1_zero", 0)])
    assert (one.over, one.measures["accuracy"]) == ("problems", Interval(**interval(0.25)))


def test_the_same_weights_evaluated_with_several_seeds_are_one_model(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        evaluation(tmp_path, "base", "b" * 64, seed=seed, made=seed, accuracy=interval(0.2 + 0.1 * seed))
    (row,) = table.over_seeds(shown(tmp_path))
    assert (row.over, row.seeds, row.measures["accuracy"]) == ("problems", (2,), Interval(**interval(0.4)))


def test_a_measure_that_does_not_apply_to_all_seeds_has_no_mean_over_them(tmp_path: Path) -> None:
    for seed in (0, 1):
        base = model(tmp_path, "base", seed=seed)
        evaluation(tmp_path, "base", base, seed=seed, general=interval(0.5) if seed else None)
    (row,) = table.over_seeds(shown(tmp_path))
    assert row.seeds == (0, 1)
    assert row.measures["general"] is None
    assert table.as_json(row, single=False, differences=False)["general"] is None


def test_one_seed_is_compared_problem_by_problem(sweep: Path) -> None:
    every = shown(sweep)
    first = [e for e in every if e.seed == 0]
    zero, ours = table.per_seed(first, select.baseline_of(every, "R1-Zero"))
    assert zero.difference is None
    difference = of(ours.difference)
    # 0.5, 1.0, 0.6 and 1.0 against 0.0, 0.5, 0.0 and 0.5: all four are better, as in 2 of 16 permutations.
    assert difference.mean == pytest.approx(0.525)
    assert difference.p == pytest.approx(2 / 16)
    assert (difference.over, difference.n, difference.paired) == ("problems", 4, True)
    assert of(ours.difference, "tokens").mean == 0.0  # the general request does not count
    # Of the vote there are no scores by problem: a difference, untested.
    vote = of(ours.difference, "cons_at_k")
    assert (vote.mean, vote.low, vote.p) == (0.0, None, None)


def test_several_seeds_are_compared_seed_by_seed_and_by_problems_too(sweep: Path) -> None:
    every = shown(sweep)
    zero, ours = table.over_seeds(every, select.baseline_of(every, "r1_zero"))
    assert zero.difference is None
    over_seeds, over_problems = of(ours.difference), of(ours.difference_over_problems)
    assert (over_seeds.over, over_seeds.n, over_seeds.paired) == ("seeds", 2, True)
    assert (over_problems.over, over_problems.n) == ("problems", 4)
    # 0.775 both times, against 0.25 and 0.375
    assert over_seeds.mean == pytest.approx(over_problems.mean) == pytest.approx(0.4625)


def test_a_baseline_of_one_seed_is_compared_with_its_twin(sweep: Path) -> None:
    every = shown(sweep)
    twin = [e for e in every if (e.checkpoint, e.seed) == ("r1_zero", 1)]
    _, ours = table.over_seeds(every, twin)
    assert (of(ours.difference).over, ours.difference_over_problems) == ("problems", None)
    assert of(ours.difference).mean == pytest.approx(0.775 - 0.375)


def test_results_without_transcripts_have_a_difference_that_nobody_tested(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", accuracy=interval(0.2))
    evaluation(tmp_path, "coldstart", accuracy=interval(0.5), general=None)
    every = shown(tmp_path)
    _, ours = table.per_seed(every, select.baseline_of(every, "base"))
    assert of(ours.difference).mean == pytest.approx(0.3)
    assert of(ours.difference).p is None
    assert ours.difference is not None
    assert ours.difference["general"] is None

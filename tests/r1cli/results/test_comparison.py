"""Which results belong in one table, what they are called, and what is said of their differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.results import comparison
from r1cli.results.comparison import MEASURES
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation, interval, model

KEYS = ("checkpoint", "fingerprint", "seed", "n_problems", "k", *MEASURES, "cell")


def found(store: Path, **how: bool) -> list[comparison.Evaluation]:
    return comparison.evaluations(Store(store), **how)


def test_rows_are_compared_in_the_papers_order_with_the_promised_keys(tmp_path: Path) -> None:
    for node in ("distill", "coldstart", "base", "all_scenario_rl", "r1_zero", "rejection_sft", "reasoning_rl"):
        evaluation(tmp_path, node)
    rows = comparison.compare(Store(tmp_path))
    names = ["base", "r1_zero", "coldstart", "reasoning_rl", "rejection_sft", "all_scenario_rl", "distill"]
    assert [r["checkpoint"] for r in rows] == names
    assert {tuple(r) for r in rows} == {KEYS}
    assert {r["fingerprint"] for r in rows} == {"0" * 64}


def test_the_newest_report_of_each_checkpoint_and_seed_is_compared(tmp_path: Path) -> None:
    for made, seed in ((1.0, 0), (2.0, 0), (3.0, 1)):
        evaluation(tmp_path, "base", f"{made:.0f}" * 64, made=made, seed=seed)
    rows = comparison.compare(Store(tmp_path))
    assert [(r["seed"], r["fingerprint"][0]) for r in rows] == [(0, "2"), (1, "3")]
    assert len(comparison.compare(Store(tmp_path), everything=True)) == 3
    assert len(found(tmp_path, all_cells=True)) == 3


def test_reports_on_other_questions_are_left_out(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", made=1.0, problems=10)
    evaluation(tmp_path, "coldstart", made=2.0, problems=200)
    assert [r["checkpoint"] for r in comparison.compare(Store(tmp_path))] == ["coldstart"]


def test_only_what_is_asked_for_is_looked_at(tmp_path: Path) -> None:
    one = evaluation(tmp_path, "base", made=1.0, problems=10)
    evaluation(tmp_path, "coldstart", made=2.0)
    assert [r["checkpoint"] for r in comparison.compare(Store(tmp_path), only={one})] == ["base"]


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two weights of a reward, two seeds each, and R1-Zero with the same two seeds."""
    for seed in (0, 1):
        base = model(tmp_path, "base", seed=seed)
        zero = model(tmp_path, "r1_zero", seed=seed, inputs={"model": base})
        evaluation(tmp_path, "r1_zero", zero, seed=seed, scores=[0.0, 0.5, 0.5 * seed, 0.5])
        for weight in (0, 0.1):
            rl = model(tmp_path, "reasoning_rl", seed=seed, inputs={"model": base}, weights={"language": weight})
            evaluation(tmp_path, "reasoning_rl", rl, seed=seed, scores=[0.5, 1.0, 0.5 + weight, 1.0], made=weight)
    return tmp_path


def test_cells_are_rows_of_their_own_with_what_tells_them_apart(sweep: Path) -> None:
    rows = comparison.rows_over_seeds(found(sweep, all_cells=True))
    assert [(r["name"], r["seeds"]) for r in rows] == [
        ("R1-Zero", [0, 1]),
        ("Dev2 language=0", [0, 1]),
        ("Dev2 language=0.1", [0, 1]),
    ]
    newest = comparison.rows_over_seeds(found(sweep))
    assert [(r["name"], r["seeds"]) for r in newest] == [("R1-Zero", [0, 1]), ("Dev2", [0, 1])]


def test_seeds_are_summed_up_with_an_interval_over_seeds(sweep: Path) -> None:
    (zero,) = comparison.rows_over_seeds(comparison.named(found(sweep), ["r1_zero"]))
    assert zero["over"] == "seeds"
    assert zero["accuracy"]["mean"] == pytest.approx(0.3125)  # 0.25 and 0.375
    assert zero["accuracy"]["high"] - 0.3125 == pytest.approx(12.706 * 0.0625, abs=1e-3)
    assert zero["paper"]["AIME 2024 pass@1"] == 77.9
    (one,) = comparison.rows_over_seeds([e for e in found(sweep) if (e.checkpoint, e.seed) == ("r1_zero", 0)])
    assert (one["over"], one["accuracy"]) == ("problems", interval(0.25))


def test_one_seed_is_compared_problem_by_problem(sweep: Path) -> None:
    every = found(sweep)
    first = [e for e in every if e.seed == 0]
    zero, ours = comparison.rows(first, comparison.baseline_of(every, "R1-Zero"))
    assert zero["difference"] is None
    accuracy = ours["difference"]["accuracy"]
    # 0.5, 1.0, 0.6 and 1.0 against 0.0, 0.5, 0.0 and 0.5: all four are better, as in 2 of 16 deals.
    assert accuracy["mean"] == pytest.approx(0.525)
    assert accuracy["p"] == pytest.approx(2 / 16)
    assert (accuracy["over"], accuracy["n"], accuracy["paired"]) == ("problems", 4, True)
    assert ours["difference"]["tokens"]["mean"] == 0.0  # the general request does not count
    # Of the vote there are no scores by problem: a difference, untested.
    assert {k: ours["difference"]["cons_at_k"][k] for k in ("mean", "low", "p")} == {
        "mean": 0.0,
        "low": None,
        "p": None,
    }


def test_several_seeds_are_compared_seed_by_seed_and_by_problems_too(sweep: Path) -> None:
    every = found(sweep)
    zero, ours = comparison.rows_over_seeds(every, comparison.baseline_of(every, "r1_zero"))
    assert zero["difference"] is None
    over_seeds, over_problems = ours["difference"]["accuracy"], ours["difference_over_problems"]["accuracy"]
    assert (over_seeds["over"], over_seeds["n"], over_seeds["paired"]) == ("seeds", 2, True)
    assert (over_problems["over"], over_problems["n"]) == ("problems", 4)
    # 0.775 both times, against 0.25 and 0.375
    assert over_seeds["mean"] == pytest.approx(over_problems["mean"]) == pytest.approx(0.4625)


def test_a_baseline_of_one_seed_is_compared_with_its_twin(sweep: Path) -> None:
    every = found(sweep)
    twin = [e for e in every if (e.checkpoint, e.seed) == ("r1_zero", 1)]
    _, ours = comparison.rows_over_seeds(every, twin)
    accuracy = ours["difference"]["accuracy"]
    assert (accuracy["over"], ours["difference_over_problems"]) == ("problems", None)
    assert accuracy["mean"] == pytest.approx(0.775 - 0.375)


def test_results_without_transcripts_have_a_difference_that_nobody_tested(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", accuracy=interval(0.2))
    evaluation(tmp_path, "coldstart", accuracy=interval(0.5), general=None)
    every = found(tmp_path)
    _, ours = comparison.rows(every, comparison.baseline_of(every, "base"))
    assert ours["difference"]["accuracy"]["mean"] == pytest.approx(0.3)
    assert ours["difference"]["accuracy"]["p"] is None
    assert ours["difference"]["general"] is None


@pytest.mark.parametrize("name", ["reasoning_rl", "Dev2", "dev2", "Reasoning-RL"])
def test_checkpoints_have_our_names_and_the_papers(name: str, sweep: Path) -> None:
    assert {e.checkpoint for e in comparison.named(found(sweep), [name])} == {"reasoning_rl"}


def test_rows_and_fingerprints_are_names_too(sweep: Path) -> None:
    every = found(sweep, all_cells=True)
    (first, second) = comparison.named(every, ["Dev2 language=0.1"])
    assert {first.label, second.label} == {"language=0.1"}
    for prefix in (first.model[:8], first.entry.manifest.fingerprint[:8]):
        assert comparison.named(every, [prefix]) == [first]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Dev3", "evaluated here: R1-Zero, Dev2"), ("r1_zer", "did you mean r1_zero?"), ("abc", "evaluated here")],
)
def test_a_name_that_nobody_has_is_a_mistake_with_a_hint(name: str, hint: str, sweep: Path) -> None:
    with pytest.raises(ConfigError, match=f"no evaluation of '{name}'") as mistake:
        comparison.named(found(sweep), [name])
    assert hint in mistake.value.hint


def test_a_baseline_must_be_one_thing(sweep: Path) -> None:
    every = found(sweep, all_cells=True)
    with pytest.raises(ConfigError, match="several rows are called so") as mistake:
        comparison.baseline_of(every, "Dev2")
    assert "'Dev2 language=0.1'" in mistake.value.hint
    assert {e.seed for e in comparison.baseline_of(every, "Dev2 language=0.1")} == {0, 1}


def test_an_experiments_own_names_are_taken_where_they_tell_cells_apart(sweep: Path) -> None:
    every = found(sweep, all_cells=True)
    of = {e: e.entry.manifest.fingerprint for e in every}
    called = {of[e]: "recipe=x" if e.checkpoint == "r1_zero" else f"reward={e.label[-1]}" for e in every}
    names = [e.name for e in comparison.labelled(every, called)]
    assert list(dict.fromkeys(names)) == ["R1-Zero", "Dev2 reward=0", "Dev2 reward=1"]
    same = dict.fromkeys(called, "reward=same")
    assert "Dev2 language=0.1" in {e.name for e in comparison.labelled(every, same)}

"""Which results a line chooses: commas are several commands, and an experiment brings its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.sweep import grid, selection
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord
from r1cli.sweep.selection import evaluations_of
from tests.r1cli.fake_evaluations import publish


@pytest.fixture(autouse=True)
def _away_from_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_same_line_chooses_the_same_results_as_a_run_would() -> None:
    both = selection.fingerprints(["recipe=r1_zero", "scale=smoke", "seed=0,1"])
    one = selection.fingerprints(["recipe=r1_zero", "scale=smoke", "seed=0"])
    assert len(one) == 4  # base, r1_zero and their evaluations
    assert one < both


def test_an_experiment_brings_its_sweep_and_the_line_has_the_last_word() -> None:
    every = selection.fingerprints(["experiment=r1_vs_zero", "scale=smoke", "seed=0"])
    r1 = selection.fingerprints(["experiment=r1_vs_zero", "recipe=r1", "scale=smoke", "seed=0"])
    assert r1 < every


def test_an_experiment_whose_recipes_have_different_stages_can_be_chosen() -> None:
    assert selection.fingerprints(["experiment=distill_vs_rl", "scale=smoke", "seed=0"])


def test_a_search_chooses_what_its_trials_evaluated(tmp_path: Path) -> None:
    line = ["experiment=weight_search", "scale=smoke", f"paths.store={tmp_path}"]
    with pytest.raises(ConfigError, match="is a search, and none of its trials"):
        selection.fingerprints(line)
    search = grid.of("run", line)
    record = SweepRecord(id=search.id, line=line, swept=list(search.swept), cells=[], pid=1, at_once=1)
    ledger = Ledger.begin(search.store, record)
    ledger.write(CellRecord(number=0, name="a", state="done", evaluations=["e" * 64]))
    assert selection.fingerprints(line) == {"e" * 64}


def fill(store: Path, name: str, *overrides: str, node: str) -> list[str]:
    """Put one evaluation of every cell into a store; returns their fingerprints."""
    made = []
    for job in grid.of("run", [f"experiment={name}", *overrides]).jobs():
        found = job.graph.nodes.get(node)
        if found is not None and found.fingerprint not in made:
            inputs = {"model": {"node": node.removeprefix("eval_"), "fingerprint": "f" * 64, "location": "x"}}
            publish(
                store, node, found.fingerprint, seed=0, made=0.0, identity=found.identity, inputs=inputs, artifacts={}
            )
            made.append(found.fingerprint)
    return made


def test_what_is_there_is_told_from_what_is_missing(tmp_path: Path) -> None:
    line = ("seed=0", f"paths.store={tmp_path / 'store'}")
    made = fill(tmp_path / "store", "r1_vs_zero", *line, node="eval_r1_zero")
    found = evaluations_of("r1_vs_zero", line)
    assert found.stored == dict.fromkeys(made, "recipe=r1_zero")
    assert "recipe=r1_zero: eval_base" in found.missing
    assert len(made) == 1


def test_an_evaluation_that_cells_share_has_no_name_of_its_own(tmp_path: Path) -> None:
    line = ("seed=0", f"paths.store={tmp_path / 'store'}")
    (shared,) = fill(tmp_path / "store", "r1_vs_zero", *line, node="eval_base")
    assert evaluations_of("r1_vs_zero", line).stored == {shared: ""}


def test_seeds_of_one_configuration_have_one_name(tmp_path: Path) -> None:
    line = ("seed=0,1", "stages.reasoning_rl.reward.weights.language=0,1", f"paths.store={tmp_path / 'store'}")
    made = fill(tmp_path / "store", "language_weight", *line, node="eval_reasoning_rl")
    found = evaluations_of("language_weight", line)
    assert len(made) == 4
    assert sorted(found.stored.values()) == ["language=0", "language=0", "language=1", "language=1"]


def test_a_search_has_no_cells_beforehand() -> None:
    with pytest.raises(ConfigError, match="is a search"):
        evaluations_of("weight_search", [])

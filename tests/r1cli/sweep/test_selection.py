"""Which results a line chooses: commas are several commands, and an experiment brings its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.sweep import grid, selection
from r1cli.sweep.ledger import CellRecord, Ledger, SweepRecord


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

"""What of an experiment is in the store is found by what it would evaluate, not by when it was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.sweep import grid
from r1cli.sweep.experiment import evaluations_of
from tests.r1cli.fake_evaluations import publish


@pytest.fixture(autouse=True)
def _away_from_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


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

"""Replicates are told from different things, and different things from each other by as little as possible."""

from __future__ import annotations

from pathlib import Path

from r1cli.results import replicates
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import model


def configuration(store: Path, fp: str) -> replicates.Configuration:
    return replicates.Configurations(Store(store).entries()).of(fp)


def test_models_that_differ_in_the_seed_only_are_of_one_configuration(tmp_path: Path) -> None:
    made = []
    for seed in (0, 1):
        base = model(tmp_path, "base", seed=seed, data={"seed": seed, "count": 5})
        made.append(model(tmp_path, "reasoning_rl", seed=seed, inputs={"model": base}, data={"seed": seed}))
    assert configuration(tmp_path, made[0]) == configuration(tmp_path, made[1])


def test_a_seed_that_is_not_the_runs_own_is_part_of_the_configuration(tmp_path: Path) -> None:
    fixed = [model(tmp_path, "reasoning_rl", seed=0, data={"seed": s}) for s in (1000, 2000)]
    assert configuration(tmp_path, fixed[0]) != configuration(tmp_path, fixed[1])


def test_a_fixed_seed_that_happens_to_equal_the_runs_own_separates_no_replicates(tmp_path: Path) -> None:
    made = [model(tmp_path, "r1_zero", seed=s, reward={"random": {"seed": 0}}, data={"seed": s}) for s in (0, 1, 2)]
    assert len({str(configuration(tmp_path, fp)) for fp in made}) == 1


def test_another_version_of_a_stage_upstream_makes_another_configuration(tmp_path: Path) -> None:
    made = []
    for version in (1, 2):
        base = model(tmp_path, "base", version=version)
        made.append(model(tmp_path, "r1_zero", inputs={"model": base}))
    assert configuration(tmp_path, made[0]) != configuration(tmp_path, made[1])


def test_a_change_anywhere_upstream_makes_another_configuration(tmp_path: Path) -> None:
    made, base = [], model(tmp_path, "base")
    for epochs in (2, 3):
        cold = model(tmp_path, "coldstart", inputs={"model": base}, trainer={"epochs": epochs})
        made.append(model(tmp_path, "reasoning_rl", inputs={"model": cold}))
    told = replicates.labels({fp: configuration(tmp_path, fp) for fp in made})
    assert list(told.values()) == ["coldstart.epochs=2", "coldstart.epochs=3"]


def test_a_model_that_the_store_has_lost_stands_for_itself(tmp_path: Path) -> None:
    told = replicates.labels({fp: configuration(tmp_path, fp * 64) for fp in "ab"})
    assert told == {"a": "fingerprint=aaaaaaaa", "b": "fingerprint=bbbbbbbb"}


def test_labels_name_no_more_than_tells_the_configurations_apart() -> None:
    def made(**values: str) -> replicates.Configuration:
        return {"a.steps": "5", "b.steps": "5", **values}

    assert replicates.labels({0: made()}) == {0: ""}
    assert replicates.labels({0: made(), 1: made()}) == {0: "", 1: ""}
    # One key is enough, and the stage's own is better than one upstream.
    found = replicates.labels({0: made(w="0.1", **{"up/x": "1"}), 1: made(w="1e-05", **{"up/x": "2"})})
    assert found == {0: "w=0.1", 1: "w=1e-5"}
    # Two keys are needed, and their last parts are the same.
    grid = {(i, j): made(**{"a.steps": str(i), "b.steps": str(j)}) for i in (1, 2) for j in (1, 2)}
    assert set(replicates.labels(grid).values()) == {f"a.steps={i} b.steps={j}" for i in (1, 2) for j in (1, 2)}
    # Numbers as they are typed.
    assert replicates.labels({0: made(w="0.0"), 1: made(w="1.0")}) == {0: "w=0", 1: "w=1"}
    # A key that one of them does not have.
    assert replicates.labels({0: made(), 1: made(mix='"even"')}) == {0: "mix=-", 1: "mix=even"}

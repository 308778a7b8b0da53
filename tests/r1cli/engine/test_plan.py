from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.engine.plan import plan
from r1cli.errors import RecipeError
from tests.r1cli.fake_stages import MODEL, Judge, Judged, chain, count, execute, job

pytestmark = pytest.mark.usefixtures("fake_torch")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_a_plan_says_what_would_run_and_why(store: Path):
    never = plan(job(store, chain()))
    assert [r.reasons for r in never] == [["never made"]] * 3
    assert not store.exists()
    execute(job(store, chain(trainer={"learning_rate": 1e-4})))
    stages = chain(trainer={"learning_rate": 1e-4})
    stages["b"] = count({"model": "a"}, trainer={"learning_rate": 2e-4})
    rows = plan(job(store, stages))
    assert [(r.node.name, r.state, r.reasons) for r in rows] == [
        ("a", "stored", []),
        ("b", "to run", ["trainer.learning_rate: 1e-4 -> 2e-4"]),
        ("c", "to run", ["input b is made again"]),
    ]
    assert rows[0].seconds is not None


def test_reasons_are_found_against_the_most_similar_result(store: Path):
    for steps, rate in ((1, 0.1), (2, 0.2), (3, 0.3)):
        execute(job(store, {"a": count(steps=steps, trainer={"rate": rate})}))
    (row,) = plan(job(store, {"a": count(steps=2, trainer={"rate": 0.5})}))
    assert row.reasons == ["trainer.rate: 0.2 -> 0.5"]


def test_unknown_inputs_and_targets_are_named(store: Path):
    with pytest.raises(RecipeError, match="input 'model' names 'bse'"):
        plan(job(store, {"a": count({"model": "bse"})}))
    with pytest.raises(RecipeError, match="'d' is not a node"):
        plan(job(store, chain(), targets=("d",)))


def test_a_plan_names_the_component_whose_version_was_raised(store: Path, monkeypatch: pytest.MonkeyPatch):
    stages = {"a": count(), "b": Judged(inputs={"model": "a"}, seed=1, model=MODEL, judge=Judge())}
    the_job = job(store, stages)
    execute(the_job)
    monkeypatch.setattr(Judge, "VERSION", 2)
    rows = plan(job(store, stages))
    assert [(r.node.name, r.state, r.reasons) for r in rows] == [
        ("a", "stored", []),
        ("b", "to run", ["judge: VERSION 1 -> 2"]),
    ]

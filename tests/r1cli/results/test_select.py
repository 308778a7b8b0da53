"""Which evaluations belong in one table, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.results import select
from r1cli.results.evaluations import Evaluation
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation


def shown(store: Path, **how: bool) -> list[Evaluation]:
    return select.evaluations(Store(store), **how)


def test_the_newest_report_of_each_checkpoint_and_seed_is_compared(tmp_path: Path) -> None:
    for made, seed in ((1.0, 0), (2.0, 0), (3.0, 1)):
        evaluation(tmp_path, "base", f"{made:.0f}" * 64, made=made, seed=seed)
    rows = shown(tmp_path)
    assert [(r.seed, r.model[0]) for r in rows] == [(0, "2"), (1, "3")]
    assert len(shown(tmp_path, everything=True)) == 3
    assert len(shown(tmp_path, every_configuration=True)) == 3


def test_reports_on_other_questions_are_left_out(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", made=1.0, problems=10)
    evaluation(tmp_path, "coldstart", made=2.0, problems=200)
    assert [r.checkpoint for r in shown(tmp_path)] == ["coldstart"]


def test_only_what_is_asked_for_is_looked_at(tmp_path: Path) -> None:
    one = evaluation(tmp_path, "base", made=1.0, problems=10)
    evaluation(tmp_path, "coldstart", made=2.0)
    assert [e.checkpoint for e in select.evaluations(Store(tmp_path), only={one})] == ["base"]


@pytest.mark.parametrize("name", ["reasoning_rl", "Dev2", "dev2", "Reasoning-RL"])
def test_checkpoints_have_our_names_and_the_papers(name: str, sweep: Path) -> None:
    assert {e.checkpoint for e in select.named(shown(sweep), [name])} == {"reasoning_rl"}


def test_rows_and_fingerprints_are_names_too(sweep: Path) -> None:
    every = shown(sweep, every_configuration=True)
    (first, second) = select.named(every, ["Dev2 language=0.1"])
    assert {first.label, second.label} == {"language=0.1"}
    for prefix in (first.model[:8], first.entry.manifest.fingerprint[:8]):
        assert select.named(every, [prefix]) == [first]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Dev3", "evaluated here: R1-Zero, Dev2"), ("r1_zer", "did you mean r1_zero?"), ("abc", "evaluated here")],
)
def test_a_name_that_nobody_has_is_a_mistake_with_a_hint(name: str, hint: str, sweep: Path) -> None:
    with pytest.raises(ConfigError, match=f"no evaluation of '{name}'") as mistake:
        select.named(shown(sweep), [name])
    assert hint in mistake.value.hint


def test_a_baseline_must_be_one_thing(sweep: Path) -> None:
    every = shown(sweep, every_configuration=True)
    with pytest.raises(ConfigError, match="several rows have this name") as mistake:
        select.baseline_of(every, "Dev2")
    assert "'Dev2 language=0.1'" in mistake.value.hint
    assert {e.seed for e in select.baseline_of(every, "Dev2 language=0.1")} == {0, 1}


def test_an_experiments_own_names_are_taken_where_they_tell_cells_apart(sweep: Path) -> None:
    every = shown(sweep, every_configuration=True)
    of = {e: e.entry.manifest.fingerprint for e in every}
    called = {of[e]: "recipe=x" if e.checkpoint == "r1_zero" else f"reward={e.label[-1]}" for e in every}
    names = [e.name for e in select.labelled(every, called)]
    assert list(dict.fromkeys(names)) == ["R1-Zero", "Dev2 reward=0", "Dev2 reward=1"]
    same = dict.fromkeys(called, "reward=same")
    assert "Dev2 language=0.1" in {e.name for e in select.labelled(every, same)}

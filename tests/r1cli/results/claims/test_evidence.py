"""Which models of a store a claim is about, and the number of each seed."""

from __future__ import annotations

import json
from math import log
from pathlib import Path

from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation, model
from tests.r1cli.results.claims.asked import EASY, HARD, evidence, numbers, side


def test_every_seed_is_compared_with_the_base_that_it_was_made_from(zero: Path) -> None:
    found = numbers(zero, kind="difference", ours=side("r1_zero"), baseline=side("base"))
    assert found == {0: 0.625 - 0.25, 1: 0.875 - 0.25}
    ratio = numbers(zero, kind="ratio", ours=side("r1_zero"), baseline=side("base"))
    assert ratio == {0: log(2.5), 1: log(3.5)}


def test_without_a_baseline_a_model_stands_for_itself(zero: Path) -> None:
    assert numbers(zero, kind="level", ours=side("r1_zero")) == {0: 0.625, 1: 0.875}


def test_two_measures_of_one_model_are_compared_with_each_other(zero: Path) -> None:
    ours, rival = {**side("r1_zero"), "measure": "cons_at_k"}, {**side("r1_zero"), "measure": "accuracy"}
    found = numbers(zero, kind="difference", ours=ours, baseline=rival)
    assert found == {0: 0.714 - 0.625, 1: 0.714 - 0.875}


def test_models_that_are_not_related_pair_by_their_seed_and_their_base(tmp_path: Path) -> None:
    bases = [model(tmp_path, "base", made=number, width=number) for number in (1, 2)]
    for seed in (0, 1):
        cold = model(tmp_path, "coldstart", seed=seed, inputs={"model": bases[0]})
        evaluation(tmp_path, "coldstart", cold, seed=seed, scores=HARD)
        for base in bases:
            rl = model(tmp_path, "r1_zero", seed=seed, inputs={"model": base})
            evaluation(tmp_path, "r1_zero", rl, seed=seed, scores=EASY if base == bases[0] else HARD)
    found = evidence(tmp_path, kind="difference", ours=side("coldstart"), baseline=side("r1_zero"))
    assert found is not None
    assert {v.seed: v.value for v in found.values} == {0: -0.625, 1: -0.625}


def test_conditions_choose_a_configuration_and_null_is_for_a_key_that_is_not_there(sweep: Path) -> None:
    with_weight = side("reasoning_rl", **{"weights.language": 0.1})
    without = side("reasoning_rl", **{"weights.language": 0})
    found = numbers(sweep, kind="difference", ours=with_weight, baseline=without)
    assert found == {0: 0.025, 1: 0.025}
    assert numbers(sweep, kind="level", ours=side("reasoning_rl", **{"weights.language": 7})) == {}
    assert numbers(sweep, kind="level", ours=side("r1_zero", **{"weights.language": None})) == {0: 0.25, 1: 0.375}


def test_of_several_configurations_the_one_with_most_pairs_is_taken_then_the_one_that_was_built_on(
    tmp_path: Path,
) -> None:
    base = model(tmp_path, "base")
    made = {}
    for weight, score in ((0, 0.25), (1, 0.75), (2, 0.5)):
        for seed in (0, 1) if weight < 2 else (0,):
            made[weight, seed] = model(
                tmp_path, "reasoning_rl", seed=seed, made=weight, inputs={"model": base}, weight=weight
            )
            evaluation(tmp_path, "reasoning_rl", made[weight, seed], seed=seed, scores=[score] * 4, made=weight)
    assert numbers(tmp_path, kind="level", ours=side("reasoning_rl")) == {0: 0.75, 1: 0.75}  # the newest of equals
    model(tmp_path, "rejection_sft", inputs={"model": base, "data": made[0, 0]})
    assert numbers(tmp_path, kind="level", ours=side("reasoning_rl")) == {0: 0.25, 1: 0.25}


def test_a_trend_is_read_from_the_log_of_training(zero: Path) -> None:
    (entry,) = (e for e in Store(zero).entries() if e.manifest.node == "r1_zero" and e.manifest.seed == 1)
    lines = [{"step": step, "train/length": 10.0 + step} for step in range(10)] + [{"step": 9, "train/length": None}]
    (entry.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert numbers(zero, kind="trend", measure="train/length", ours=side("r1_zero")) == {1: 8.0}


def test_a_spread_takes_the_seeds_that_all_configurations_have(sweep: Path) -> None:
    found = evidence(sweep, kind="spread", ours=side("reasoning_rl"), more_than=None, less_than=1.0)
    assert found is not None
    assert found.methods == ((0.75, 0.75), (0.775, 0.775))
    assert found.remark == "2 methods"
    assert evidence(sweep, kind="spread", ours=side("r1_zero"), more_than=None, less_than=1.0) is None

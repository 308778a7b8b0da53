"""The pilot: what it runs, and the values that it makes of what it timed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bill import Q7, prices_of
from r1cli.bill.nodes import PricedNode, cost
from r1cli.bill.pilot import Timed, fitted, run_pilot, timed_of
from r1cli.bill.prices import prices_of as priced
from r1cli.config.build import build, build_from
from r1cli.config.hydra import compose
from r1cli.cost.time import Devices, Rollout, drawing_s, reading_s
from r1cli.errors import ConfigError, StageFailed
from r1cli.stage import SilentListener

STAGE: dict[str, Any] = {
    "rollout_size": 64,
    "batch_size": 32,
    "trainer": {"num_generations": 8, "max_completion_length": 1000, "beta": 0.001},
}
ONE = Devices(prices_of("h100").device, 1, 1, 256)


def test_the_fitted_values_give_back_what_was_timed() -> None:
    likely = prices_of("h100").assumed()
    true = replace(likely, mfu=0.123, step_s=0.034, rollout_s=5.0)
    rollout = Rollout(64, 8, mean=400.0, longest=900.0, prompt=100.0)
    tokens = 2 * 64 * 500.0
    timed = Timed(
        rollouts=2,
        rollout_s=2 * drawing_s(Q7, ONE, true, rollout),
        learning_s=reading_s(Q7, ONE, true, tokens=tokens, context=500, passes=5),
        other_s=10.0,
        tokens=tokens,
        mean=400.0,
        longest=900.0,
    )
    values = fitted(timed, STAGE, Q7, ONE, likely)
    assert values == {
        "mfu": pytest.approx(0.123),
        "step_s": pytest.approx(0.034),
        "rollout_s": 5.0,
        "prompt_tokens": pytest.approx(100),
        "mean_completion": 0.4,
    }


def test_a_rollout_faster_than_the_likely_shares_allow_raises_the_share() -> None:
    likely = prices_of("h100").assumed()
    timed = Timed(1, rollout_s=0.01, learning_s=1.0, other_s=0.0, tokens=64 * 500.0, mean=400.0, longest=900.0)
    values = fitted(timed, STAGE, Q7, ONE, likely)
    assert values["step_s"] == 0
    assert values["decode_flops"] == 1.0


def test_where_hardly_anything_was_learned_the_speed_of_learning_stays_a_guess() -> None:
    likely = prices_of("h100").assumed()
    timed = Timed(1, 10.0, 0.1, 0.0, tokens=64 * 500.0, mean=400.0, longest=900.0, unlearned=1.0)
    assert "mfu" not in fitted(timed, STAGE, Q7, ONE, likely)
    half = replace(timed, unlearned=0.5, learning_s=10.0)
    without_reference = {**STAGE, "trainer": {**STAGE["trainer"], "beta": 0}}
    all_read = fitted(replace(half, unlearned=0.0), without_reference, Q7, ONE, likely)["mfu"]
    assert fitted(half, without_reference, Q7, ONE, likely)["mfu"] == pytest.approx(all_read / 2)


def _row(update: int) -> dict[str, float]:
    lengths = {"train/completions/mean_length": 10.0 + update, "train/completions/max_length": 20.0 + update}
    times = {"time/rollout": 4.0 if update % 2 == 0 else 0.0, "time/forward": 1.0, "time/backward": 2.0}
    return {"step": update, "train/num_tokens": 100.0 * (update + 1), **lengths, **times, "time/rewards": 0.5}


def test_the_first_rollout_is_not_counted() -> None:
    timed = timed_of([_row(update) for update in range(6)], updates=2)
    assert timed.rollouts == 2
    assert timed.rollout_s == 8.0
    assert timed.learning_s == 12.0
    assert timed.tokens == 400.0
    assert timed.longest == 23.5


def test_a_log_without_times_is_an_error() -> None:
    with pytest.raises(StageFailed, match="no times"):
        timed_of([], updates=1)


def test_a_recipe_without_reinforcement_learning_has_no_pilot(tmp_path: Path) -> None:
    composed = compose("train", ["stage=coldstart", "evaluate=false"])
    job = build_from(composed)
    with pytest.raises(ConfigError, match="no RL stage"):
        run_pilot(job, priced(composed, job.hardware, tmp_path), SilentListener())


@pytest.mark.torch
@pytest.mark.slow
def test_a_pilot_runs_three_rollouts_and_its_values_predict_them(tmp_path: Path) -> None:
    line = ["recipe=r1_zero", "scale=smoke", "tracking=none", "hardware=cpu", f"paths.store={tmp_path}"]
    composed = compose("run", line)
    job = build("run", line)
    prices = priced(composed, job.hardware, job.store)
    values, says = run_pilot(job, prices, SilentListener())
    assert says.startswith("2 rollouts of r1_zero")
    assert "mean_completion" not in values  # the base was made for the pilot, and has learnt nothing
    assert values.get("mfu", 1.0) > 0
    stage = job.stages["r1_zero"]
    work = stage.workload()
    assert work is not None
    from r1cli.bill.models import shape_for

    node = PricedNode("r1_zero", stage, work, shape_for(job, "r1_zero"), None, 0)
    likely = cost(node, prices.device, job.hardware, 1, replace(prices.assumed(), **values))
    assert likely.seconds > 0
    assert not list(tmp_path.glob("r1_zero-*"))

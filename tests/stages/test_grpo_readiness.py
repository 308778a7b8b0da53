"""GRPO before its first update: the gate, the filter of prompts; and seeds and alarms that leave the rest alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_grpo import grpo
from tiny_training import largest_difference

from r1cli.errors import DataError, StageFailed
from r1cli.stage import Context
from r1cli.training.alarms import Alarm
from r1cli.training.readiness import Gate, PromptFilter

pytestmark = pytest.mark.torch

Contexts = Callable[..., Context]
OPEN = Gate(prompts=4, per_prompt=2, min_format=0.0, min_coverage=0.0)
STRICT = Gate(prompts=4, per_prompt=2, min_format=0.5, min_coverage=0.5)


def trained(context: Contexts, name: str, **changed: Any) -> Context:
    ctx = context(name)
    grpo(**{"steps": 2, "checkpoint_every": 10, **changed}).run(ctx)
    return ctx


def test_a_policy_that_cannot_learn_is_stopped_before_its_first_update(context: Contexts) -> None:
    ctx = context("stopped")
    with pytest.raises(StageFailed, match="0% of completions are in the form"):
        grpo(gate=STRICT).run(ctx)
    assert ctx.tracker.metrics == {}  # type: ignore[attr-defined]


def test_an_open_gate_a_loud_alarm_and_seeds_at_their_default_change_no_weight(context: Contexts) -> None:
    plain = trained(context, "plain")
    loud = {"always": Alarm(metric="reward", above=-1.0, says="reward is {value:.1f}")}
    watched = trained(context, "watched", gate=OPEN, alarms=loud, order_seed=0, sampling_seed=0)
    assert largest_difference(plain.out / "model", watched.out / "model") == 0.0
    assert [step for step, _ in watched.tracker.warnings] == [1]  # type: ignore[attr-defined]


def test_other_seeds_of_order_and_of_sampling_make_other_weights(context: Contexts) -> None:
    plain = trained(context, "plain")
    for name in ("order_seed", "sampling_seed"):
        other = trained(context, name, **{name: 7})
        assert largest_difference(plain.out / "model", other.out / "model") > 0.0, name


def test_the_filter_counts_what_it_leaves_out(context: Contexts) -> None:
    kept = trained(context, "kept", prompt_filter=PromptFilter(per_prompt=2, always_wrong=False))
    assert kept.tracker.totals["prompts/kept"] == 10  # type: ignore[attr-defined]
    with pytest.raises(DataError, match="leaves no prompt"):  # a random model is never right
        grpo(prompt_filter=PromptFilter(per_prompt=2)).run(context("none"))

"""Reward models: they learn to tell pairs apart, see what they should, and resume exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_training import SPEC, Dying, Killed, Sums, largest_difference

from r1cli.artifact import Artifact
from r1cli.errors import ConfigError, DataError
from r1cli.stage import Context
from r1cli.template import parse
from r1cli.training.models import load_tokenizer
from r1cli.training.reward_models import scored_ids, scorer
from stages.reward_model import RewardModel

pytestmark = pytest.mark.torch

Contexts = Callable[..., Context]


def reward_model(**changed: Any) -> RewardModel:
    settings = {
        "inputs": {"model": "base"},
        "seed": 0,
        "model": SPEC,
        "data": Sums(count=60),
        "sees": "whole",
        "epochs": 1,
        "batch_size": 8,
        "max_tokens": 100,
        "heldout_share": 0.2,
        "trainer": {"learning_rate": 1e-3},
        "checkpoint_every": 2,
    }
    return RewardModel(**(settings | changed))


def test_it_learns_to_tell_the_preferred_response(context: Contexts) -> None:
    ctx = context()
    made = reward_model(epochs=2).run(ctx)["out"]
    assert made.kind == "reward_model"
    assert ctx.tracker.totals["heldout_pair_accuracy"] > 0.9
    assert ctx.tracker.totals["train_pair_accuracy"] > 0.9
    row = Sums(count=60).rows()[5]
    score = scorer(made, SPEC, device="cpu", chunk=2)
    good, bad, again = score([row.prompt] * 3, [parse(text or "") for text in (row.chosen, row.rejected, row.chosen)])
    assert 0.0 < bad < good < 1.0
    assert again == pytest.approx(good)


def test_a_killed_run_goes_on_to_the_same_weights(context: Contexts) -> None:
    straight = context("straight")
    reward_model().run(straight)
    with pytest.raises(Killed):
        reward_model().run(context("killed", tracker=Dying(at=5)))
    resumed = context("killed")
    reward_model().run(resumed)
    assert resumed.tracker.rewound == [4]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0
    assert resumed.tracker.totals == straight.tracker.totals


def test_the_answer_alone_or_the_whole_response_is_scored(context: Contexts, random_model: Artifact) -> None:
    tokenizer = load_tokenizer(random_model)
    row = Sums(count=1).rows()[0]
    end = tokenizer.eos_token
    for sees, text in (("answer", "0"), ("whole", row.chosen)):
        pair = reward_model(sees=sees)._pairs([row], tokenizer, context())[0]
        assert tokenizer.decode(pair["chosen_ids"]) == f"User: 0 + 0?\nAssistant: {text}{end}"
        assert pair["chosen_ids"] == scored_ids(tokenizer, SPEC.template, row.prompt, text or "")


def test_no_prompt_is_both_trained_on_and_held_out() -> None:
    heldout, train = reward_model()._split()
    assert heldout
    assert not {r.prompt for r in heldout} & {r.prompt for r in train}
    assert len(heldout) + len(train) == 60


def test_too_few_prompts_or_too_long_pairs_are_errors(context: Contexts) -> None:
    with pytest.raises(DataError, match="at least two prompts"):
        reward_model(data=Sums(count=1)).run(context())
    with pytest.raises(DataError, match="longer than max_tokens"):
        reward_model(max_tokens=3).run(context())


def test_mistakes_in_the_trainer_s_keys_are_found_before_training() -> None:
    with pytest.raises(ConfigError, match="center_reward_coefficient") as raised:
        reward_model(trainer={"center_reward_coefficient": 0.1}).check()
    assert "center_rewards_coefficient" in raised.value.hint
    with pytest.raises(ConfigError, match="max_length"):
        reward_model(trainer={"max_length": 3}).check()

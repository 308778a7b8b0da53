"""Reward models: what they see, and that asking them leaves everything else as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.errors import ConfigError, StoreError
from r1cli.template import parse
from r1cli.training.reward_models import load_reward_model, record_sees, scorer, sees_of
from tests.r1cli.training.random_weights import SPEC


@pytest.mark.torch
def test_a_new_head_depends_on_the_seed_and_a_lazy_scorer_leaves_random_numbers_alone(
    random_model: Artifact, tmp_path: Path
) -> None:
    import torch

    heads = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        heads.append(load_reward_model(random_model, SPEC).score.weight)
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    before = torch.random.get_rng_state()
    headless = scorer(random_model, SPEC, device="cpu", chunk=2, claimed="whole")
    with pytest.raises(StoreError, match=r"lack 1 of the model's weights: score\.weight"):
        headless(["a"], [parse("b")])
    assert torch.equal(torch.random.get_rng_state(), before)
    load_reward_model(random_model, SPEC).save_pretrained(tmp_path)
    before = torch.random.get_rng_state()
    lazy = scorer(artifact.reward_model(tmp_path), SPEC, device="cpu", chunk=2, claimed="whole")
    with pytest.raises(StoreError, match="no tokenizer beside the model"):  # after the weights were loaded
        lazy(["a"], [parse("b")])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_a_reward_model_sees_is_read_from_where_it_was_trained(tmp_path: Path) -> None:
    trained = artifact.reward_model(tmp_path)
    with pytest.raises(ConfigError, match="does not say which part") as unknown:
        sees_of(trained)
    assert "answer or whole" in unknown.value.hint
    assert sees_of(trained, claimed="whole") == "whole"
    record_sees(tmp_path, "answer")
    assert sees_of(trained) == sees_of(trained, claimed="answer") == "answer"
    with pytest.raises(ConfigError, match="trained on sees=answer, asked with sees=whole"):
        sees_of(trained, claimed="whole")

"""Stages of a composed configuration: their own keys over the root that all share."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf

from r1cli.config.hydra import compose
from r1cli.config.stages import ComposedStages
from r1cli.errors import ConfigError


def stages(command: str, *overrides: str) -> ComposedStages:
    return ComposedStages(compose(command, overrides))


def test_a_stage_that_was_taken_out_is_not_there() -> None:
    assert "safety_rm" not in stages("run", "~stages.safety_rm").own
    assert "safety_rm" not in stages("run", "stages.safety_rm=null").own


def test_one_stage_comes_with_what_it_leads_back_to_inputs_first() -> None:
    assert list(stages("train", "stage=reasoning_rl").own) == ["base", "coldstart", "reasoning_rl"]


def test_what_a_given_model_replaces_is_left_out() -> None:
    assert list(stages("train", "stage=reasoning_rl", "init=org/model").own) == ["reasoning_rl"]


def test_a_stages_own_value_is_what_its_references_see() -> None:
    own = stages("run", "+stages.coldstart.model.max_tokens=3", "stages.coldstart.epochs=${model.max_tokens}")
    assert own.resolved("coldstart")["epochs"] == 3
    assert own.resolved("base")["model"]["max_tokens"] != 3


def test_the_root_is_as_it_was_after_a_stage_laid_its_keys_over_it() -> None:
    line = ("+stages.coldstart.model.max_tokens=3", "+stages.coldstart.seed=7", "stages.coldstart.epochs=${nothing}")
    own = stages("run", *line, "objective=???")
    own.own["coldstart"]["objective"] = "loss"
    before = OmegaConf.to_container(own.root, resolve=False)
    with pytest.raises(ConfigError, match="nothing"):
        own.stage("coldstart")
    assert OmegaConf.to_container(own.root, resolve=False) == before
    assert own.resolved("base")["seed"] == own.root.seed


def test_a_flag_is_true_or_false() -> None:
    assert stages("run").flag("evaluate") is True
    with pytest.raises(ConfigError, match="true or false is wanted"):
        stages("run", "evaluate=perhaps").flag("evaluate")

"""A line of `r1 train` as one of `r1 run`, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.single_stage import SingleStage, stages_of, typed_choices, typed_view
from r1cli.errors import ConfigError

COLDSTART = SingleStage("coldstart")


@pytest.mark.parametrize(
    ("typed", "composed"),
    [
        ("trainer.learning_rate=1e-4", "stages.coldstart.trainer.learning_rate=1e-4"),
        ("epochs=1,2", "stages.coldstart.epochs=1,2"),
        ("+model.max_tokens=3", "+model.max_tokens=3"),
        ("~trainer.warmup_steps", "~stages.coldstart.trainer.warmup_steps"),
        ("seed=1", "seed=1"),
        ("scale=smoke", "scale=smoke"),
        ("paths.store=a=b@c", "paths.store=a=b@c"),
        ("init=org/model", "init=org/model"),
        ("hydra/launcher=joblib", "hydra/launcher=joblib"),
        ("+hydra.job.env_set.A=1", "+hydra.job.env_set.A=1"),
        ("stage@evaluation=judge", "stage@evaluation=judge"),
        ("data=jsonl", "data@stages.coldstart.data=jsonl"),
        ("data.path=my.jsonl", "stages.coldstart.data.path=my.jsonl"),
        ("reward=shaped", "reward@stages.coldstart.reward=shaped"),
        ("algorithm=dapo,gspo", "algorithm@stages.coldstart.trainer=dapo,gspo"),
        ("+algorithm@trainer=dapo", "+algorithm@stages.coldstart.trainer=dapo"),
        ("stages.base.seed=0", "stages.base.seed=0"),
        ("answer=a@b", "stages.coldstart.answer=a@b"),
    ],
)
def test_what_belongs_to_the_stage_is_put_below_it(typed: str, composed: str) -> None:
    assert COLDSTART.composed(typed) == composed


@pytest.mark.parametrize(
    "typed",
    ["trainer.learning_rate=1e-4", "data=jsonl", "seed=1", "algorithm=dapo", "~trainer.beta", "x=a@b"],
)
def test_the_way_back_gives_what_was_typed(typed: str) -> None:
    assert COLDSTART.as_typed(COLDSTART.composed(typed)) == typed


def test_keys_of_other_stages_are_shown_as_they_are() -> None:
    assert COLDSTART.as_typed("stages.base.seed=0") == "stages.base.seed=0"
    assert COLDSTART.as_typed("data@stages.base.data=jsonl") == "data@stages.base.data=jsonl"


def test_upstream_stages_come_first() -> None:
    assert SingleStage("reasoning_rl").upstream() == ["base", "coldstart", "reasoning_rl"]


def test_a_group_of_ones_own_belongs_where_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer/slow.yaml").write_text("# @package trainer\nlearning_rate: 1.0e-6\n")
    stage = SingleStage("coldstart", (tmp_path,))
    assert stage.composed("+optimizer=slow") == "+optimizer@stages.coldstart.trainer=slow"


@pytest.mark.parametrize(
    ("overrides", "message", "hint"),
    [
        ([], "which stage?", "coldstart"),
        (["stage=coldstrt"], "stage=coldstrt", "stage=coldstart"),
        (["stage=coldstart,bse"], "stage=bse", "stage=base"),
        (["stage=coldstart", "recipe=r1"], "recipe: r1 train trains one stage", "r1 run recipe=r1"),
        (["stage=coldstart", "until=base"], "until: r1 train trains one stage", "r1 run until=base"),
        (["stage=coldstart", "experiment=r1_vs_zero"], "about recipes", "r1 run -m experiment=r1_vs_zero"),
    ],
)
def test_a_line_that_trains_no_single_stage_is_refused(overrides: list[str], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as e:
        stages_of(overrides)
    assert message in e.value.message
    assert hint in e.value.hint


def test_a_sweep_may_name_several_stages() -> None:
    assert [s.name for s in stages_of(["stage=base,coldstart"])] == ["base", "coldstart"]


def test_the_view_of_a_configuration_has_the_stages_keys_beside_the_roots() -> None:
    config = {"seed": 0, "until": None, "target": "coldstart", "stages": {"coldstart": {"epochs": 2}, "base": {}}}
    assert typed_view(config, COLDSTART) == {"seed": 0, "epochs": 2}


def test_choices_have_the_names_by_which_they_are_typed() -> None:
    choices = {
        "recipe": "single_stage/coldstart",
        "scale": "smoke",
        "stage@stages.coldstart": "coldstart",
        "stage@evaluation": "evaluate",
        "data@stages.coldstart.data": "jsonl",
        "data@stages.base.data": "null",
    }
    assert typed_choices(choices, COLDSTART) == {
        "stage": "coldstart",
        "scale": "smoke",
        "stage@evaluation": "evaluate",
        "data": "jsonl",
    }

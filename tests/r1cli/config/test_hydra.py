"""The bridge to Hydra: what is composed, and that the process is left as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from r1cli.config.hydra import (
    ComposingFailed,
    command_of,
    compose,
    job_environment,
    store_of,
)
from r1cli.errors import ConfigError


def test_composing_touches_neither_the_command_line_nor_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = list(sys.argv)
    compose("train", ["stage=coldstart", "epochs=3"])
    assert sys.argv == line
    assert list(tmp_path.iterdir()) == []


def test_one_stage_is_composed_as_the_recipe_of_what_it_leads_back_to() -> None:
    composed = compose("train", ["stage=coldstart", "epochs=3"])
    assert list(composed.config.stages) == ["base", "coldstart"]
    assert composed.config.stages.coldstart.epochs == 3
    assert composed.stage is not None
    assert composed.stage.name == "coldstart"


def test_an_input_given_on_the_line_brings_its_own_upstream_stages_along() -> None:
    composed = compose("train", ["stage=coldstart", "+inputs.data=coldstart_data"])
    assert {"coldstart_data", "r1_zero"} <= set(composed.config.stages)


def test_several_stages_need_a_sweep() -> None:
    with pytest.raises(ConfigError, match="several values"):
        compose("train", ["stage=base,coldstart"])


def test_overrides_are_kept_as_they_were_written() -> None:
    composed = compose("train", ["stage=coldstart", "epochs=${scale.distill.epochs}"])
    assert "stages.coldstart.epochs=${scale.distill.epochs}" in composed.overrides
    assert "epochs=${scale.distill.epochs}" in composed.typed_overrides


@pytest.mark.parametrize(
    ("key", "there"), [("epochs", True), ("data", True), ("reward.weights", False), ("seed", True)]
)
def test_a_configuration_knows_the_keys_and_groups_that_can_be_typed(key: str, there: bool) -> None:
    assert compose("train", ["stage=coldstart"]).has(key) is there


def test_an_error_of_hydras_is_one_of_ours_with_its_cause() -> None:
    with pytest.raises(ComposingFailed) as e:
        compose("train", ["stage=coldstart", "lerning_rate=1"])
    assert e.value.stage is not None
    assert "stages.coldstart.lerning_rate" in str(e.value.__cause__)


def test_a_number_that_python_does_not_read_is_one_error() -> None:
    with pytest.raises(ConfigError, match="more than 4,300 digits"):
        compose("train", ["stage=coldstart", f"seed={'9' * 5000}"])


def test_variables_that_a_job_asks_for_are_set_for_a_while() -> None:
    composed = compose("run", ["+hydra.job.env_set.R1_TEST_VARIABLE=7"])
    with job_environment(composed):
        assert os.environ["R1_TEST_VARIABLE"] == "7"
    assert "R1_TEST_VARIABLE" not in os.environ


def test_a_line_with_a_stage_is_one_of_train() -> None:
    assert (command_of(["seed=1", "stage=base"]), command_of(["stage@evaluation=judge"])) == ("train", "run")


@pytest.mark.parametrize("given", [[], ["paths.store=a/b"], ["paths.store=/c", "paths.store=./b-1"], ["paths.store=c"]])
def test_the_store_is_the_one_that_the_whole_configuration_names(given: list[str]) -> None:
    assert store_of(given) == Path(compose("config", given).config.paths.store).expanduser()


def test_a_command_that_reads_the_store_takes_paths_only(tmp_path: Path) -> None:
    assert store_of([f"paths.store={tmp_path}"]) == tmp_path
    for wrong in ("seed=3", "paths.stor=a/b", "paths.store=~/a"):
        with pytest.raises(ConfigError):
            store_of([wrong])

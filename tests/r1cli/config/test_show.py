"""What `r1 show` prints: the whole configuration, nobody's code, nobody's secrets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.config.show import node_config
from r1cli.errors import ConfigError

STAGE = "# @package _global_\n_target_: {target}\ninputs: {{}}\nseconds: {seconds}\n"


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stage `mine`, whose module leaves a mark when it is imported."""
    (tmp_path / "stage").mkdir()
    (tmp_path / "somebodys_stages.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "stage/mine.yaml").write_text(STAGE.format(target="somebodys_stages.Mine", seconds="${seed}"))
    return tmp_path


def test_it_is_what_the_stage_is_built_from() -> None:
    assert node_config("coldstart", ["seed=7"]) == build("run", ["seed=7"]).stages["coldstart"].config()


def test_a_node_that_the_default_recipe_does_not_have_is_shown_by_itself() -> None:
    assert node_config("r1_zero")["inputs"] == {"model": "base"}


def test_evaluations_are_nodes_too() -> None:
    assert node_config("eval_coldstart")["inputs"] == {"model": "coldstart"}


def test_a_class_of_another_package_is_shown_as_written_and_not_imported(conf: Path) -> None:
    config = node_config("mine", ["stage=mine", "seed=5"], [conf])
    assert config["_target_"] == "somebodys_stages.Mine"
    assert config["seconds"] == 5
    assert not (conf / "imported").exists()
    assert "somebodys_stages" not in sys.modules


def test_what_comes_from_the_environment_stays_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_TEST_NAME", "s3cret")
    config = node_config("coldstart", ["stage=coldstart", "model.name=${oc.env:R1_TEST_NAME}"])
    assert config["model"]["name"] == "${oc.env:R1_TEST_NAME}"
    assert "s3cret" not in str(config)


def test_a_reference_to_such_a_value_stays_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_DATA", "s3cret")
    config = node_config("coldstart", ["stage=coldstart", "data=gsm8k"])
    assert "s3cret" not in str(config)
    assert "${oc.env:R1_DATA}" in str(config)


def test_a_default_for_a_variable_that_is_not_set_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("R1_TEST_NAME", raising=False)
    config = node_config("coldstart", ["stage=coldstart", "model.name=${oc.env:R1_TEST_NAME,plain}"])
    assert config["model"]["name"] == "plain"


def test_an_unknown_node_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="r1 has no node 'coldstrt'") as e:
        node_config("coldstrt")
    assert "coldstart" in e.value.hint


def test_launchers_of_ones_own_break_no_command(tmp_path: Path) -> None:
    (tmp_path / "hydra/launcher").mkdir(parents=True)
    (tmp_path / "hydra/launcher/mine.yaml").write_text("n_jobs: 2\n")
    assert node_config("base", [], [tmp_path])["_target_"] == "stages.pretrain.Pretrain"

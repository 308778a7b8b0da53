"""What `r1 run` and `r1 train` do with a command line before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.terminal.app import run_line
from r1cli.terminal.running import Request, carry_out, run_here


def test_words_are_split_into_overrides_and_flags() -> None:
    request = Request("run", ["seed=1", "--hydra-help", "scale=smoke"], config_dir="mine")
    assert request.overrides == ["seed=1", "scale=smoke"]
    assert request.unknown_flags == ["--hydra-help"]
    assert request.folders == [Path("mine")]


def test_flags_are_handed_to_hydra_as_it_writes_them() -> None:
    request = Request("run", [], multirun=True, cfg="job", package="model", resolve=True, config_dir="mine")
    assert request.hydra_flags() == [
        "--cfg", "job", "--package", "model", "--config-dir", "mine", "--resolve", "--multirun",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "override",
    ["hydra.run.dir=here", "+hydra.job.chdir=true", "hydra.output_subdir=null", "hydra/job_logging=none"],
)
def test_what_has_no_effect_on_a_single_run_is_refused(override: str) -> None:
    with pytest.raises(ConfigError, match="no effect on a single run"):
        run_here("run", [override])


def test_a_misspelt_flag_is_refused_before_anything_is_composed() -> None:
    with pytest.raises(ConfigError) as e:
        carry_out(Request("run", ["--multirn"]), dry_run=False)
    assert e.value.hint == "did you mean --multirun?"


def test_the_configuration_of_one_stage_is_printed_by_the_package_that_is_typed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = ["train", "stage=coldstart", "trainer.learning_rate=0.5", "--cfg", "job", "-p", "trainer"]
    assert run_line(line) == 0
    out = capsys.readouterr().out
    assert "learning_rate: 0.5" in out
    assert "hardware" not in out
    assert list(tmp_path.iterdir()) == []

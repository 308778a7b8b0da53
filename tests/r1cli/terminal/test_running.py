"""What `r1 run` and `r1 train` do with a command line before anything runs, and show when it has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.stage import NodeEvent, NodeState
from r1cli.terminal.app import run_line
from r1cli.terminal.running import Request, carry_out, run_here, show_evaluated, show_update_times
from tests.r1cli.fake_evaluations import evaluation


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


def event(node: str, state: NodeState, fingerprint: str, reason: str = "") -> NodeEvent:
    return NodeEvent(state, node, "Evaluate", fingerprint, Path(), reason=reason)


def test_models_that_a_failed_run_did_not_evaluate_stand_in_the_table_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = evaluation(tmp_path, "base")
    events = [
        event("base", "made", "a"),
        event("eval_base", "made", made),
        event("coldstart", "failed", "b", "the loss is nan"),
        event("eval_coldstart", "not_run", "c", "coldstart failed"),
        event("eval_r1_zero", "failed", "d", "out of memory"),
    ]
    show_evaluated(tmp_path, {e.node: e for e in events})
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[0] == "Base"
    assert lines[2:4] == ["Dev1    not run: coldstart failed", "R1-Zero its evaluation failed"]


def test_a_run_without_evaluations_shows_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_evaluated(tmp_path, {"base": event("base", "made", "a")})
    assert capsys.readouterr().out == ""


def test_what_this_run_trained_with_rl_has_a_line_and_what_was_reused_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "time/rollout": 3.0, "time/backward": 1.0}\n')
    trained = NodeEvent("made", "reasoning_rl", "GRPO", "a", tmp_path)
    reused = NodeEvent("reused", "r1_zero", "GRPO", "b", tmp_path)
    untimed = NodeEvent("made", "coldstart", "SFT", "c", tmp_path / "coldstart")
    show_update_times([reused, untimed, trained])
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == ["reasoning_rl: rollout 75 %, backward 25 %"]

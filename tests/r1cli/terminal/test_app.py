"""The command line as a person meets it: what is printed where, with which exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _away_from_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


# (command line, what the error says, what the hint says)
MISTAKES = [
    ("train", "which stage?", "coldstart"),
    ("train stage=coldstrt", "stage=coldstrt", "stage=coldstart"),
    ("run recipe=r3", "recipe=r3", "r1_zero"),
    ("run scale=latop", "scale=latop", "scale=laptop"),
    ("run modle=tiny", "modle", "model"),
    ("run data@stages.colstart.data=jsonl", "data@stages.colstart.data", "data@stages.coldstart.data"),
    ("train stage=coldstart trainer.lerning_rate=1e-5", "trainer.lerning_rate", "trainer.learning_rate"),
    ("run stages.coldstart.trainer.lerning_rate=1", "lerning_rate", "stages.coldstart.trainer.learning_rate"),
    ("train stage=reasoning_rl reward.weights.langage=1", "langage", "reward.weights.language"),
    ("train stage=coldstart rewrd=x", "rewrd", "reward"),
    ("train stage=coldstart epochs=two", "epochs: input should be a valid integer", "epochs=<value>"),
    ("run stages.coldstart.epochs=two", "stages.coldstart.epochs: input", "stages.coldstart.epochs=<value>"),
    ("run stages.reasoning_rl.batch_size=100", "stages.reasoning_rl: rollout_size", "under stages.reasoning_rl"),
    ("run +stages.coldstart.epoks=2", "stages.coldstart.epoks: there is no such key", "stages.coldstart.epochs"),
    ("run seed=x", "seed: input should be a valid integer", "seed=<value>"),
    ("run evaluate=perhaps", "evaluate", "evaluate=true"),
    ("run tracking.mode=ofline", "tracking.mode", "tracking.mode"),
    ("run hardware.processes=0", "hardware.processes", "hardware.processes"),
    ("run seed=1,2", "seed=1,2: several values", "-m"),
    ("run seed", "'seed' is not KEY=VALUE", "seed=<value>"),
    ("run 'seed 1'", "cannot read", "KEY=VALUE"),
    ("run until=coldstrt", "coldstrt", "coldstart"),
    ("run ~stages.coldstrt", "~stages.coldstrt", "stages.coldstart"),
    ("run ~stages.coldstart", "coldstart", "known"),
    ("run stages.coldstart.data.count=5", "data.count", "task.coldstart.count"),
    ("run 'stages.coldstart.data=${task.colstart}'", "${task.colstart} leads nowhere", "task=world"),
    ("train stage=coldstart data=jsonl", "data.path: a value is missing", "data.path=<value>"),
    ("train stage=coldstart data=jsonll", "data=jsonll", "jsonl"),
    ("run experiment=r1_vs_zer", "experiment=r1_vs_zer", "r1_vs_zero"),
    ("run -m experiment=r1_vs_zer", "experiment=r1_vs_zer", "r1_vs_zero"),
    ("run seed='${oc.env:MYSECRET}'", "${oc.env:MYSECRET} looks like a secret", "leave it in the environment"),
    ("plan tracking.project='${oc.env:MYSECRET}'", "looks like a secret", "leave it in the environment"),
    ("plan stages.base._target_=os.system", "'os.system' is not a Component", "derive it"),
    ("run stages.base._target_=subprocess.Popen", "'subprocess.Popen' is not a Component", "derive it"),
    ("run '+stages.base.extra={_target_: os.system}'", "stages.base.extra: there is no such key", "known keys"),
    ("run task=../../../etc/passwd", "there is no such task", "task"),
    ("run recipe=nope/../r1", "recipe=nope/../r1", "there are"),
    ("report paths.store=nowhere", "nowhere yet", "paths.store="),
    ("train stage=coldstart data=jsonl data.columns.promt=q", "data.columns.promt", "data.columns.prompt"),
    ("train stage=evaluate", "stage=evaluate", "plan"),
    ("run --multirn", "--multirn", "--multirun"),
    ("run --cfg jb", "--cfg", "job"),
    ("run -m seed=0,1 --cfg job", "one configuration", "--dry-run"),
    ("run -m seed=0,x", "seed: input should be a valid integer", "seed=<value>"),
    ("train -m stage=coldstart experiment=r1_vs_zero", "about recipes", "r1 run -m experiment=r1_vs_zero"),
    ("train -m stage=coldstart experiment=language_weight", "about recipes", "r1 run -m experiment=language_weight"),
    ("run -m seed=0,1 hydra/launcher=submitit_slurm", "no SLURM", "joblib"),
    ("run -m seed=0,1 jobs=many", "jobs: a number or auto", "jobs=auto"),
    ("run -m recipe=r1,r1_zero stages.reasoning_rll.steps=1,2", "reasoning_rll", "stages.reasoning_rl"),
    ("plan --jsn", "--jsn", "--json"),
    ("pln", "pln", "plan"),
    ("ls recipies", "recipies", "recipes"),
    ("show coldstrt", "coldstrt", "coldstart"),
    ("logs base", "no log of 'base'", ""),
    ("status seed=3", "seed=3", "leave it out"),
    ("plan task=code paths.data=nowhere", "nowhere/code/humaneval.jsonl", "paths.data="),
    ("run model.student=null recipe=distill", "student", "student"),
]


@pytest.mark.parametrize(("line", "says", "hints"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_gives_one_error_one_hint_and_exit_code_2(
    line: str, says: str, hints: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSECRET", "canary")
    if "slurm" in line:  # whatever this machine has installed
        monkeypatch.setenv("PATH", "")
    assert run_line(shlex.split(line)) == 2
    out, err = capsys.readouterr()
    lines = [text for text in err.splitlines() if text]
    assert [text.partition(":")[0] for text in lines] == ["error", "hint"], err
    assert says in lines[0]
    assert hints in lines[1]
    assert out == ""


@pytest.mark.parametrize(
    ("change", "says", "hints"),
    [
        (("epochs: ", "epoks: "), r"epoks: there is no such key \[.*mine.yaml:\d+\]", "epochs"),
        (("batch_size: ", "batch_size: big #"), r"batch_size: .*\(got 'big'\) \[.*mine.yaml:\d+\]", "batch_size="),
        (("scale.coldstart.epochs", "scale.coldstrt.epochs"), r"leads nowhere \[.*mine.yaml:\d+\]", "scale=laptop"),
        (("inputs:", "inputs: ["), r"mine.yaml:\d+: not YAML", "indentation"),
        (("inputs:", "_target_: stages.sft.STF\ninputs:"), "stages.sft.STF", "dotted name"),
        (("task.coldstart}", "task.coldstart}\nreward: {}"), "reward: there is no such key", "known keys"),
    ],
)
def test_a_typo_in_a_yaml_file_names_the_file(
    change: tuple[str, str], says: str, hints: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stage").mkdir()
    text = (ROOT / "conf/stage/coldstart.yaml").read_text()
    assert change[0] in text
    (tmp_path / "stage/mine.yaml").write_text(text.replace(*change))
    assert run_line(["plan", "stage=mine", "--config-dir", str(tmp_path)]) == 2
    error, hint = capsys.readouterr().err.strip().splitlines()
    assert re.search(says, error)
    assert hints in hint


def test_flags_and_overrides_stand_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = set()
    for line in ("stage=coldstart --cfg job seed=3 -p seed", "--cfg job stage=coldstart -p seed seed=3"):
        assert run_line(["train", *line.split()]) == 0
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1
    assert "3" in outputs.pop()


def test_cfg_prints_the_configuration_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["run", "--cfg", "job", "--package", "hardware", "hardware=cpu"]) == 0
    out, err = capsys.readouterr()
    assert "device: cpu" in out
    assert err == ""


@pytest.mark.parametrize("info", ["defaults", "defaults-tree", "searchpath"])
def test_info_says_how_the_configuration_is_put_together(info: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["train", "--info", info, "stage=coldstart"]) == 0
    assert capsys.readouterr().out


def test_plan_lists_every_node_with_its_fingerprint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["plan", "--json", "recipe=r1_zero"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [r["node"] for r in rows] == ["base", "eval_base", "r1_zero", "eval_r1_zero"]
    assert {r["state"] for r in rows} == {"to run"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", r["fingerprint"]) for r in rows)


def test_plan_of_a_stage_takes_the_keys_of_train(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["plan", "stage=coldstart", "trainer.learning_rate=1e-3"]) == 0
    nodes = [line.lstrip("└─ ").split()[0] for line in capsys.readouterr().out.splitlines()]
    assert nodes == ["base", "coldstart", "eval_coldstart"]


def test_plan_leaves_nothing_behind(tmp_path: Path) -> None:
    assert run_line(["plan"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_show_prints_a_resolved_node(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["show", "coldstart", "seed=7"]) == 0
    out = capsys.readouterr().out
    assert "_target_: stages.sft.SFT" in out
    assert "seed: 7" in out
    assert "${" not in out


def test_show_finds_a_node_that_the_default_recipe_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["show", "r1_zero", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inputs"] == {"model": "base"}


@pytest.mark.parametrize("what", ["recipes", "stages", "models", "tasks", "rewards", "scales", "data", "hardware"])
def test_ls_tells_one_line_about_each_option(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["ls", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert all(row["help"] for row in rows)


@pytest.mark.parametrize("command", ["status", "compare", "gc"])
def test_listings_of_an_empty_store_are_empty(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line([command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_doctor_never_shows_the_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "s3cret")
    assert run_line(["doctor", "--json"]) == 0
    out = capsys.readouterr().out
    assert "s3cret" not in out
    assert {"cores", "store", "gpu", "wandb login"} <= {row["what"] for row in json.loads(out)}


def test_a_log_is_followed_until_the_stage_is_done(tmp_path: Path) -> None:
    partial = tmp_path / "store/.partial/base-0123456789abcdef"
    partial.mkdir(parents=True)
    (partial / "log.txt").write_text("first\n")
    with subprocess.Popen(
        [sys.executable, "-m", "r1cli", "logs", "base", "-f"], stdout=subprocess.PIPE, text=True, env=_environment()
    ) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() == "first\n"
        with (partial / "log.txt").open("a") as log:
            log.write("last\n")
        partial.rename(tmp_path / "store/base-0123456789abcdef")
        assert follower.stdout.read() == "last\n"
    assert follower.returncode == 0


def test_output_into_a_closed_pipe_ends_quietly() -> None:
    line = f"{sys.executable} -m r1cli train stage=coldstart --cfg job | true"
    done = subprocess.run(["bash", "-c", line], env=_environment(), capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_no_colours_outside_a_terminal() -> None:
    done = subprocess.run([sys.executable, "-m", "r1cli", "plan"], env=_environment(), capture_output=True, check=False)
    assert b"\x1b" not in done.stdout + done.stderr


FAKE = '''
"""Stages that do next to nothing."""
import time
from r1cli import artifact
from r1cli.stage import Stage

class Sleepy(Stage):
    seconds: float
    def run(self, ctx):
        ctx.tracker.progress(1, 3, loss=0.5)
        (ctx.checkpoint / "here").write_text("x")
        print("asleep", flush=True)
        time.sleep(self.seconds)
        (ctx.out / "model").mkdir(exist_ok=True)
        return {"out": artifact.model(ctx.out / "model")}

class Broken(Stage):
    def run(self, ctx):
        ctx.log.info("all is well")
        raise ValueError("the roof is off")
'''


@pytest.fixture
def fake_conf(tmp_path: Path) -> Path:
    """A folder with two stages of ten lines, importable by the processes that are started with `_environment`."""
    (tmp_path / "conf/stage").mkdir(parents=True)
    (tmp_path / "fake_cli_stages.py").write_text(FAKE)
    for name, fields in (("sleepy", "seconds: 0.0"), ("broken", "")):
        target = f"fake_cli_stages.{name.capitalize()}"
        yaml = f"# @package _global_\n_target_: {target}\ninputs: {{}}\n{fields}\n"
        (tmp_path / f"conf/stage/{name}.yaml").write_text(yaml)
    return tmp_path / "conf"


def _line(*words: str) -> list[str]:
    return [sys.executable, "-m", "r1cli", *words]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}:{Path.cwd()}"}


TRAIN = ("train", "evaluate=false", "tracking=none", "hardware=cpu", "--config-dir")


@pytest.mark.torch
def test_results_go_to_stdout_and_talk_to_stderr(fake_conf: Path) -> None:
    words = (*TRAIN, str(fake_conf), "stage=sleepy")
    first = subprocess.run(_line(*words), env=_environment(), capture_output=True, text=True, check=True)
    again = subprocess.run(_line(*words), env=_environment(), capture_output=True, text=True, check=True)
    assert "starts" in first.stderr
    assert "done in" in first.stderr
    assert "stored" in again.stderr
    assert again.stdout == ""
    status = subprocess.run(_line("status", "--json"), env=_environment(), capture_output=True, check=True).stdout
    (row,) = json.loads(status)
    assert set(row) == {"node", "kind", "fingerprint", "state", "seconds", "path"}
    assert (row["node"], row["kind"], row["state"]) == ("sleepy", "Sleepy", "stored")


@pytest.mark.torch
def test_a_failed_stage_is_exit_code_1_with_the_end_of_its_log(fake_conf: Path) -> None:
    done = subprocess.run(
        _line(*TRAIN, str(fake_conf), "stage=broken"), env=_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "error: broken: ValueError: the roof is off" in done.stderr
    assert "log.txt" in done.stderr
    assert "raise ValueError" in done.stderr


@pytest.mark.torch
def test_a_sweep_runs_every_value(fake_conf: Path, tmp_path: Path) -> None:
    words = (*TRAIN, str(fake_conf), "-m", "stage=sleepy", "seconds=0,0.01", "hydra.sweep.dir=swept")
    subprocess.run(_line(*words), env=_environment(), capture_output=True, check=True)
    assert len(list((tmp_path / "store").glob("sleepy-*"))) == 2
    assert {p.name for p in (tmp_path / "swept").iterdir()} >= {"0", "1"}


@pytest.mark.torch
def test_ctrl_c_is_exit_code_130_with_the_line_that_resumes(fake_conf: Path) -> None:
    words = (*TRAIN, str(fake_conf), "stage=sleepy", "seconds=60", "paths.data=a b")
    with subprocess.Popen(
        _line(*words), env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "asleep\n", process.stderr.read()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert f"r1 {shlex.join(words)}" in err
    assert "Traceback" not in err


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("run", "train", "plan", "ls", "show", "status", "logs", "compare", "gc"):
        assert run_line([command, "--help"]) == 0
        assert f"r1 {command}" in capsys.readouterr().out


def test_an_interrupt_that_typer_lets_through_is_exit_code_130_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("r1cli.terminal.app.app", interrupted)
    assert run_line(["ls"]) == 130

"""`cluster=slurm` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.cluster.fake_slurm import FakeSlurm, fake_slurm

LINE = ["recipe=r1_zero", "scale=smoke", "hardware=cpu", "tracking=none", "evaluate=false", "cluster=slurm"]


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    monkeypatch.chdir(tmp_path)
    return fake_slurm(tmp_path, monkeypatch)


def test_a_dry_run_prints_the_script_and_submits_nothing(slurm: FakeSlurm, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["run", "--dry-run", *LINE]) == 0
    out = capsys.readouterr().out
    assert "#SBATCH --signal=B:USR1@300" in out
    assert "-m r1cli run recipe=r1_zero scale=smoke" in out
    assert slurm.calls("sbatch") == []


def test_a_submission_is_seen_by_status_watch_and_logs(
    slurm: FakeSlurm, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_line(["run", *LINE, "cluster.mode=stages"]) == 0
    assert "job 42: submitted, after 41" in capsys.readouterr().err
    slurm.answer("41|RUNNING|None", "42|PENDING|Dependency")
    assert run_line(["status"]) == 0
    assert "pending (dependency)" in capsys.readouterr().out
    assert run_line(["watch", "--once"]) == 0
    assert "job 41 base: running" in capsys.readouterr().out
    (tmp_path / "store/.cluster/41.log").write_text("attempt 1\n")
    assert run_line(["logs", "41"]) == 0
    assert capsys.readouterr().out == "attempt 1\n"


def test_jobs_that_are_followed_are_told_until_they_end(slurm: FakeSlurm, capsys: pytest.CaptureFixture[str]) -> None:
    slurm.answer("41|COMPLETED|None")
    assert run_line(["run", *LINE, "cluster.follow=true"]) == 0
    assert "job 41: completed" in capsys.readouterr().err
    slurm.answer("42|FAILED|NonZeroExitCode")
    assert run_line(["run", *LINE, "cluster.follow=true"]) == 1
    assert "1 of 1 jobs did not end well" in capsys.readouterr().err


@pytest.mark.parametrize(("asked", "cancelled"), [("leave", []), ("cancel", ["41"])])
def test_an_interrupt_leaves_or_cancels_the_jobs_as_asked(
    asked: str, cancelled: list[str], slurm: FakeSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from r1cli.cluster import follow

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    slurm.answer("41|RUNNING|None")
    monkeypatch.setattr(follow.time, "sleep", interrupt)
    assert run_line(["run", *LINE, "cluster.follow=true", f"cluster.interrupted={asked}"]) == 130
    assert slurm.calls("scancel") == cancelled


def test_a_sweep_is_one_job_for_what_is_shared_and_one_a_cell(
    slurm: FakeSlurm, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line(["run", "-m", *LINE, "seed=0", "stages.r1_zero.steps=1,2"]) == 0, capsys.readouterr().err
    assert len(slurm.calls("sbatch")) == 3
    assert "export R1_ONLY=base" in slurm.script(41)
    assert "export R1_CELL=1" in slurm.script(43)
    assert "stages.r1_zero.steps=2" in slurm.script(43)
    assert all("afterok:41" in call for call in slurm.calls("sbatch")[1:])


def test_a_launcher_that_would_run_each_cell_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["run", "-m", "seed=0,1", "hydra/launcher=joblib", "hydra.launcher.nodes=2"]
    assert run_line(line) == 2
    err = capsys.readouterr().err
    assert "would run each cell 2 times" in err
    assert "hardware.nodes=2" in err


def test_without_slurm_a_submission_is_a_mistake(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert run_line(["run", *LINE]) == 2
    assert "there is no sbatch here" in capsys.readouterr().err

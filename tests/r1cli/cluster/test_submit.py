"""Which jobs a command becomes, and what is on record of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.cluster import queue, records
from r1cli.cluster.client import SlurmError
from r1cli.cluster.submit import Submission, narrowed, submission, words_of
from r1cli.config.build import build
from r1cli.errors import ConfigError, StoreError
from tests.r1cli.cluster.fake_slurm import FakeSlurm, settings

WORDS = ["run", "scale=smoke", "cluster=slurm"]


def _submission(tmp_path: Path, *overrides: str, recipe: str = "r1_zero", of: str = "") -> Submission:
    job = build("run", [f"recipe={recipe}", "scale=smoke", "evaluate=false", f"paths.store={tmp_path}/s", *of.split()])
    return submission(job, settings(*overrides), WORDS)


def test_the_whole_walk_is_one_job(tmp_path: Path, slurm: FakeSlurm) -> None:
    [job] = _submission(tmp_path).submit()
    assert job.id == "41"
    assert job.line == WORDS
    assert "-m r1cli run scale=smoke cluster=slurm" in slurm.script(41)
    assert records.submitted(tmp_path / "s") == [job]


def test_each_stage_is_a_job_after_those_that_it_needs(tmp_path: Path) -> None:
    parts = {p.name: p for p in _submission(tmp_path, "cluster.mode=stages", recipe="r1").parts}
    assert parts["base"].after == ()
    assert parts["coldstart"].after == ("base",)
    assert parts["rejection_sft"].after == ("base", "rejection_sampling")
    assert parts["all_scenario_rl"].after == ("rejection_sft", "helpful_rm", "safety_rm")
    assert parts["reasoning_rl"].batch.environment == {"R1_ONLY": "reasoning_rl"}


def test_a_stage_that_cannot_be_shared_gets_one_node(tmp_path: Path) -> None:
    parts = {p.name: p for p in _submission(tmp_path, "cluster.mode=stages", of="hardware.nodes=2").parts}
    assert parts["base"].batch.nodes == 1
    assert parts["r1_zero"].batch.nodes == 2


def test_dependencies_are_given_by_the_numbers_of_the_jobs(tmp_path: Path, slurm: FakeSlurm) -> None:
    first, second = _submission(tmp_path, "cluster.mode=stages").submit()
    assert second.after == [first.id]
    assert slurm.calls("sbatch")[1].endswith("--dependency=afterok:41 --kill-on-invalid-dep=yes")


def test_a_job_that_slurm_refuses_takes_those_before_it_along(tmp_path: Path, slurm: FakeSlurm) -> None:
    slurm.refuse(42)
    with pytest.raises(SlurmError):
        _submission(tmp_path, "cluster.mode=stages").submit()
    assert slurm.calls("scancel") == ["41"]


def test_a_job_makes_its_own_nodes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    job = build("run", ["recipe=r1", "scale=smoke"])
    assert narrowed(job) is job
    monkeypatch.setenv("R1_INSIDE_JOB", "slurm")
    monkeypatch.setenv("R1_ONLY", "coldstart,reasoning_rl")
    assert narrowed(job).targets == ("coldstart", "reasoning_rl")


def test_the_line_means_the_same_in_every_folder(tmp_path: Path) -> None:
    assert words_of("run", ["scale=smoke"], [tmp_path]) == ["run", "scale=smoke", "--config-dir", str(tmp_path)]


def test_the_number_of_nodes_is_not_said_twice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="belongs to the hardware"):
        _submission(tmp_path, "cluster.extra=['--nodes=2']")


def test_the_queue_shows_what_has_not_ended_and_where_it_prints(tmp_path: Path, slurm: FakeSlurm) -> None:
    store = tmp_path / "s"
    assert queue.queued(store) == []
    _submission(tmp_path, "cluster.mode=stages").submit()
    slurm.answer("41|COMPLETED|None", "42|PENDING|Priority")
    [waiting] = queue.queued(store)
    assert waiting.line == "job 42 r1_zero: pending (priority)"
    with pytest.raises(StoreError, match="has printed nothing yet"):
        queue.job_log(store, "42")
    with pytest.raises(StoreError, match="no job 7"):
        queue.job_log(store, "7")
    records.log_of(store, "42").write_text("hello")
    assert queue.job_log(store, "42").read_text() == "hello"

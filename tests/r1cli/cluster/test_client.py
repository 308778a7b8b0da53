"""SLURM's commands, as they are called and as their answers are read."""

from __future__ import annotations

import pytest

from r1cli.cluster import client
from r1cli.errors import ConfigError
from tests.r1cli.cluster.fake_slurm import FakeSlurm


def test_a_script_goes_in_and_the_number_of_a_job_comes_out(slurm: FakeSlurm) -> None:
    assert client.submit("#!/bin/bash\n") == "41"
    assert client.submit("#!/bin/bash\n", after=["41", "7"]) == "42"
    assert slurm.calls("sbatch") == ["--parsable", "--parsable --dependency=afterok:41:7 --kill-on-invalid-dep=yes"]
    assert slurm.script(41) == "#!/bin/bash\n"


def test_what_slurm_refuses_is_told_in_its_own_words(slurm: FakeSlurm) -> None:
    slurm.refuse(41)
    with pytest.raises(client.SlurmError, match="sbatch: invalid partition specified: nope"):
        client.submit("#!/bin/bash\n")


def test_states_are_those_that_squeue_lists_with_the_reason_of_waiting(slurm: FakeSlurm) -> None:
    slurm.answer("41|RUNNING|None", "42|PENDING|Resources", "43|COMPLETED|None", "9|PENDING|None")
    found = client.states(["41", "42", "43", "44"])
    assert found == {"41": "RUNNING", "42": "PENDING (Resources)", "43": "COMPLETED", "44": "GONE"}
    assert [job for job, state in found.items() if client.has_ended(state)] == ["43", "44"]


def test_jobs_are_cancelled_together(slurm: FakeSlurm) -> None:
    client.cancel(["42", "41"])
    client.cancel([])
    assert slurm.calls("scancel") == ["41 42"]


def test_without_slurm_a_submission_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="there is no sbatch here"):
        client.require()
    with pytest.raises(client.SlurmError, match="not on this machine"):
        client.states(["1"])

"""The command that starts a stage's processes on several machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.engine.nodes import across, check_allocation
from r1cli.errors import ConfigError

SCONTROL = """\
#!/bin/bash
case "$2" in
hostnames) printf 'gpu07\\ngpu08\\n' ;;
node) echo "NodeName=gpu07 NodeAddr=10.0.0.7 State=ALLOCATED" ;;
esac
"""


def test_srun_starts_torchrun_once_a_node_and_all_meet_at_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scontrol").write_text(SCONTROL)
    (tmp_path / "scontrol").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    allocation = {
        "SLURM_JOB_ID": "20001",
        "SLURM_NNODES": "2",
        "SLURM_RESTART_COUNT": "2",
        "SLURM_JOB_NODELIST": "gpu[07-08]",
    }
    torchrun = ["/venv/python", "-m", "torch.distributed.run", "--nproc_per_node", "8", "-m", "r1cli.engine.worker"]
    made = across(2, torchrun, {**allocation, "R1_CONTAINER": "apptainer exec r1.sif"})
    assert made[0] == "srun"
    assert {"--nodes=2", "--ntasks-per-node=1", "--kill-on-bad-exit=1", "-X"} < set(made)
    start = made.index("apptainer")
    assert made[start : start + 6] == ["apptainer", "exec", "r1.sif", "/venv/python", "-m", "torch.distributed.run"]
    assert made[start + 6 :] == [
        "--nnodes=2",
        "--rdzv_backend=c10d",
        "--rdzv_endpoint=10.0.0.7:20001",
        "--rdzv_id=20001.2",
        "--nproc_per_node",
        "8",
        "-m",
        "r1cli.engine.worker",
    ]


def test_several_machines_are_there_only_in_an_allocation() -> None:
    check_allocation(1, {})
    check_allocation(2, {"SLURM_JOB_ID": "7"})  # a stage that cannot be shared has one node, and needs no more
    with pytest.raises(ConfigError, match="this is one machine") as caught:
        check_allocation(2, {})
    assert "cluster=slurm" in caught.value.hint
    with pytest.raises(ConfigError, match="the allocation has 2"):
        across(4, [], {"SLURM_JOB_ID": "7", "SLURM_NNODES": "2"})

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from r1cli.engine import doctor


def found(rows: list[dict[str, str]], what: str) -> tuple[str, str]:
    [row] = [row for row in rows if row["what"] == what]
    return row["found"], row["state"]


def test_everything_is_looked_at_without_a_store(tmp_path: Path):
    rows = doctor.examine(tmp_path / "no" / "store")
    assert {row["what"] for row in rows} >= {"r1cli", "python", "torch", "cores", "memory", "store", "gpu", "sandbox"}
    assert str(tmp_path / "no" / "store") in found(rows, "store")[0]
    assert not (tmp_path / "no").exists()


def test_a_library_that_is_not_installed_is_missing():
    assert doctor._version("no-such-library") == ("not installed", "missing")


def test_little_room_on_the_disk_is_a_remark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 2**30}))
    assert doctor._disk(tmp_path)[1] == "little room: see r1 gc"


def test_the_login_is_said_and_the_key_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WANDB_API_KEY", "secret")
    assert doctor._wandb_login() == ("key in WANDB_API_KEY", "ok")
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert doctor._wandb_login()[0] == "none"
    (tmp_path / "netrc").write_text("machine api.wandb.ai login user password secret")
    assert doctor._wandb_login() == (f"key in {tmp_path}/netrc", "ok")


def test_locks_that_other_machines_do_not_see_are_a_remark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert found(doctor.examine(tmp_path), "locks") == ("flock", "ok")
    monkeypatch.setenv("R1_LOCKS", "file")
    assert found(doctor.examine(tmp_path), "locks") == ("files", "R1_LOCKS=file")


def test_a_vllm_outside_of_trls_range_is_a_remark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = metadata.version
    for version, state in (("0.30.0", "ok"), ("0.99.0", "TRL wants ")):
        monkeypatch.setattr(metadata, "version", lambda name, v=version: v if name == "vllm" else real(name))
        assert found(doctor.examine(tmp_path), "vllm")[0] == version
        assert found(doctor.examine(tmp_path), "vllm")[1].startswith(state)


def test_inside_a_job_its_number_and_nodes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_JOB_NODELIST", "n[1-2]")
    assert found(doctor.examine(tmp_path), "slurm") == ("job 7 on n[1-2]", "ok")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """A machine with a GPU: `machine(driver, cuda)`, the second as torch's version.py has it."""

    def made(driver: str, cuda: str) -> None:
        smi = tmp_path / "bin/nvidia-smi"
        smi.parent.mkdir(exist_ok=True)
        smi.write_text(
            f'#!/bin/sh\ncase "$*" in *name*) echo "NVIDIA T4, 15360 MiB, {driver}";; *) echo {driver};; esac'
        )
        smi.chmod(0o755)
        torch = tmp_path / "packages/torch"
        torch.mkdir(parents=True, exist_ok=True)
        (torch / "__init__.py").write_text("raise ImportError('torch is not to be imported')")
        (torch / "version.py").write_text(f"__version__ = '2.13.0'\ncuda: Optional[str] = {cuda}\nhip = None\n")
        monkeypatch.setenv("PATH", f"{smi.parent}:{os.environ['PATH']}")
        monkeypatch.syspath_prepend(str(torch.parent))
        monkeypatch.delitem(sys.modules, "torch", raising=False)

    return made


@pytest.mark.parametrize(
    ("driver", "cuda", "told", "state"),
    [
        ("580.65.06", "'13.0'", "13.0, in torch", "ok"),
        ("575.57.08", "'12.8'", "12.8, in torch", "ok"),
        ("575.57.08", "'13.0'", "13.0, in torch", "wants driver 580 or newer, and there is 575.57.08"),
        ("470.256.02", "'12.6'", "12.6, in torch", "wants driver 525 or newer, and there is 470.256.02"),
        ("580.65.06", "None", "none", "this torch does not use the GPU"),
        ("999.1", "'99.0'", "99.0, in torch", "ok"),  # a CUDA that nobody knows yet
    ],
)
def test_a_driver_that_is_too_old_for_torch_is_a_remark(
    machine: Callable[[str, str], None], tmp_path: Path, driver: str, cuda: str, told: str, state: str
):
    machine(driver, cuda)
    rows = doctor.examine(tmp_path)
    assert found(rows, "gpu") == (f"NVIDIA T4, 15360 MiB, {driver}", "ok")
    assert found(rows, "cuda")[0] == told
    assert found(rows, "cuda")[1].startswith(state)


def test_without_a_gpu_any_torch_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "_nvidia", lambda what: [])
    assert found(doctor.examine(tmp_path), "cuda")[1] == "ok"

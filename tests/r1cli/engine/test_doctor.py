from __future__ import annotations

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

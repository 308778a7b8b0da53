from __future__ import annotations

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

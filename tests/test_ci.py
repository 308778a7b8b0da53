"""`.ci/run` on a machine where not everything can be installed: it says so and goes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parent.parent / ".ci" / "run"


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Its programs: apt-get has no SLURM, nothing is installed, and make says what it was asked for."""
    programs = {
        "apt-get": f'echo "$*" >> {tmp_path}/apt; case "$*" in *slurm*) exit 100;; esac',
        "dpkg": "exit 1",
        "id": "echo 0",
        "make": 'echo "make $*"',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def test_what_cannot_be_installed_costs_only_itself(machine: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run([RUN], env=machine, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    left_out = [line.split()[2].rstrip(";") for line in lines if line.startswith("not installed: ")]
    assert left_out == ["slurmctld", "slurmd", "slurm-client"]
    asked = (tmp_path / "apt").read_text()
    assert " g++\n" in asked  # by itself, after all of them together had failed
    assert lines[-1] == "make --no-print-directory --keep-going check tiers test"


def test_who_may_not_install_is_not_asked_to(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    done = subprocess.run([RUN], env=machine, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["make --no-print-directory --keep-going check tiers test"]
    assert not (tmp_path / "apt").exists()

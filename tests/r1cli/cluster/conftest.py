"""A SLURM that only notes what it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.r1cli.cluster.fake_slurm import FakeSlurm, fake_slurm


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    return fake_slurm(tmp_path, monkeypatch)

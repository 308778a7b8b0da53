"""Every test of completion is a person with a cache of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _a_person_with_a_cache(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    monkeypatch.delenv("R1_COMPLETION_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)

"""A library that makes the disk and its locks fail, to be preloaded into a process."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.r1cli.conftest import FAKE_TORCH


@pytest.fixture
def torch_folder(tmp_path: Path) -> Path:
    """A folder with a torch of five lines, for processes that need no more of it."""
    folder = tmp_path / "fake_torch"
    folder.mkdir()
    (folder / "torch.py").write_text(FAKE_TORCH)
    return folder


@pytest.fixture(scope="session")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """failing_disk.c, compiled."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine")
    library = tmp_path_factory.mktemp("library") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library

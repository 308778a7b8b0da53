"""A torch of five lines for tests of the machinery around stages: here and in child processes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

FAKE_TORCH = """\
class cuda:
    is_available = staticmethod(lambda: True)
    device_count = staticmethod(lambda: 2)
def manual_seed(seed): pass
def set_num_threads(number): pass
"""


@pytest.fixture
def fake_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the fake, which shadows the real one for the length of a test."""
    folder = tmp_path / "fake_torch"
    folder.mkdir()
    (folder / "torch.py").write_text(FAKE_TORCH)
    monkeypatch.syspath_prepend(folder)
    spec = importlib.util.spec_from_file_location("torch", folder / "torch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "torch", module)
    return folder

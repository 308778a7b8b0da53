"""What a program's process changes in its own interpreter is put back where it runs in that of the tests."""

from __future__ import annotations

import builtins
import sys
import types

import pytest


@pytest.fixture(autouse=True)
def _the_interpreter_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("exit", "quit"):
        monkeypatch.setattr(builtins, name, getattr(builtins, name, None), raising=False)
    monkeypatch.setitem(sys.modules, "solution", types.ModuleType("solution"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

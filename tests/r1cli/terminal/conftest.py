"""Terminals for tests: one of 80 columns, and one whose every byte is kept."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from r1cli.terminal import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the console writes to standard error, which it takes for a terminal of 80 columns with colours."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # pytest puts its own stream into sys between a fixture and its test.
    monkeypatch.setattr(console, "sys", SimpleNamespace(stderr=stream, stdout=sys.stdout))
    return stream


@pytest.fixture
def at_80_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tables have 80 columns, and the current folder is empty."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

"""Ask for completions without a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from r1cli.terminal.completion import shells
from r1cli.terminal.completion.grammar import candidates

ROOT = Path(__file__).resolve().parents[4]


def offered(line: str) -> set[str]:
    """The words that the last one of the line may become."""
    words, word = shells.split(line)
    return {c.text for c in candidates(words, word.text)}


def assert_offers(line: str, must: set[str], must_not: set[str]) -> None:
    """All of `must` are offered and none of `must_not`; nothing at all, where nothing must."""
    found = offered(line)
    assert must <= found
    assert must_not.isdisjoint(found)
    if not must:
        assert found == set()


def complete(*line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The program as a shell calls it; on stderr what it imported."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "r1cli", "_complete", "fish", *line],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=True,
    )

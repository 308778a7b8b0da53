"""What was found out before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.terminal.completion import cache
from tests.r1cli.terminal.completion.asking import complete


def test_a_home_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert complete("r1 run model=ti", XDG_CACHE_HOME=str(tmp_path / "file")).stdout.startswith("model=tiny\t")


def test_a_broken_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def find_out() -> list[int]:
        asked.append(1)
        return [1, 2]

    for _ in range(2):
        assert cache.remembered(["what"], [], find_out) == [1, 2]
    assert len(asked) == 1
    (file,) = (tmp_path / "r1" / "completion").iterdir()
    for content in ("{", "[]", json.dumps({"state": "old", "answer": 3})):
        file.write_text(content)
        assert cache.remembered(["what"], [], find_out) == [1, 2]
    assert len(asked) == 4


def test_the_cache_follows_the_files(tmp_path: Path) -> None:
    asked = []
    for change in (lambda: None, (tmp_path / "a.yaml").touch, (tmp_path / "b.txt").touch, (tmp_path / "a.yaml").unlink):
        change()
        cache.remembered(["follows"], [str(tmp_path)], lambda: asked.append(1))
    assert len(asked) == 3  # at first, with a.yaml, and without it again


def test_the_cache_forgets_what_was_asked_long_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    for i in range(6):
        cache.remembered([f"question {i}"], [], lambda: 0)
    assert len(list((tmp_path / "r1" / "completion").iterdir())) == 3

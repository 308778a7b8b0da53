"""Getting what a job needs from a hub, before it runs."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest

from r1cli.config.build import build
from r1cli.errors import DataError
from r1cli.publish.fetching import PATTERNS, fetched


def test_models_are_got_by_commit_and_without_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(name: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((name, revision))
        assert allow_patterns == PATTERNS
        return str(tmp_path / "0123abc")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    job = build("run", ["recipe=r1_zero", "model=qwen3-0.6b", "model.revision=0123abc", "evaluate=false"])
    [row] = fetched(job)
    assert row == {"what": "Qwen/Qwen3-0.6B-Base", "where": str(tmp_path / "0123abc"), "commit": "0123abc"}
    assert asked == [("Qwen/Qwen3-0.6B-Base", "0123abc")]


def test_without_a_network_it_says_what_is_missing() -> None:
    with pytest.raises(DataError, match=r"Qwen/Qwen3-0.6B-Base is not to be had"):
        fetched(build("run", ["recipe=r1_zero", "model=qwen3-0.6b", "evaluate=false"]))


def test_what_is_made_here_needs_nothing() -> None:
    assert fetched(build("run", ["recipe=r1_zero"])) == []

"""`r1 watch` and the queue of a cluster; the rest of it is in views/test_watch.py and store/test_live.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.cluster import queue
from r1cli.terminal.commands import watch


def test_the_cluster_is_asked_seldom(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []

    def queued(store: Path) -> list[queue.QueuedJob]:
        asked.append(store)
        return []

    monkeypatch.setattr(queue, "queued", queued)
    lines = watch._asked_seldom(tmp_path)
    assert [list(lines()) for _ in range(3)] == [[], [], []]
    assert asked == [tmp_path]

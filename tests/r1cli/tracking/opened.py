"""A tracker for tests, as a worker opens it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from r1cli.stage import Listener, SilentListener
from r1cli.tracking.settings import Tracking
from r1cli.tracking.tracker import RunTracker, open_tracker

CONFIG = {"_target_": "stages.grpo.GRPO", "reward": {"weights": {"accuracy": 1.0, "language": 0.1}}}


def tracking(backend: str = "none", mode: str = "offline") -> Tracking:
    return Tracking.model_validate(
        {"name": "t", "backend": backend, "mode": mode, "project": "r1-test", "entity": None, "tags": ["lab"]}
    )


def opened(
    entry: Path, *, backend: str = "none", mode: str = "offline", listener: Listener | None = None
) -> RunTracker:
    return open_tracker(
        tracking(backend, mode),
        entry=entry,
        group="r1-20260101",
        kind="GRPO",
        node="reasoning_rl",
        config=CONFIG,
        lineage={"model": "coldstart-00000000000000aa"},
        listener=listener or SilentListener(),
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

"""A stage at work, as far as other processes can see it: the files that it leaves in a store, and its lock."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from r1cli.store import lock
from r1cli.store.records import Attempt, Work

FP = "ab" * 32


class StageAtWork:
    """A stage at work, as far as others can see."""

    def __init__(self, store: Path, node: str = "reasoning_rl", fp: str = FP) -> None:
        self.began = time.time() - 100
        self.path = store / ".partial" / f"{node}-{fp[:16]}"
        (self.path / "tables").mkdir(parents=True)
        self.lock_fd = lock.acquire(store / ".locks" / self.path.name, None)
        self.attempts(self.began)

    def attempts(self, *began: float) -> None:
        attempts = [Attempt(started=t) for t in began]
        work = Work(node="reasoning_rl", kind="GRPO", fingerprint=FP, device="cpu", processes=2, attempts=attempts)
        (self.path / "work.json").write_text(work.model_dump_json())

    def progress(self, done: int, *, after: float, total: int = 80, **shown: Any) -> None:
        state = {"done": done, "total": total, "shown": shown, "time": self.began + after, "pid": 1}
        (self.path / "progress.json").write_text(json.dumps(state))

    def metrics(self, *lines: str) -> None:
        (self.path / "metrics.jsonl").write_text("\n".join(lines))

    def completions(self, *rows: dict[str, Any]) -> None:
        (self.path / "tables/completions.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))

    def ends(self) -> None:
        os.close(self.lock_fd)

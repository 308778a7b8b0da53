"""Two stages that write everything a stage can write, and what of a store has to be the same in the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from r1cli.artifact import Artifact
from r1cli.engine.job import Job
from r1cli.stage import Context
from r1cli.store.store import Store
from tests.r1cli.fake_stages import MODEL, Count, job


class Talkative(Count):
    """Logs, tables, a summary and checkpoints."""

    def run(self, ctx: Context) -> dict[str, Artifact]:
        ctx.tracker.rewind(0)
        ctx.log.info("begins")
        for step in range(1, 3):
            ctx.tracker.log({"train/loss": 1 / step}, step=step)
            ctx.tracker.table("completions", [{"text": "x"}], step=step)
        ctx.tracker.summary({"done": 1})
        return super().run(ctx)


def talkative(store: Path, **b: Any) -> Job:
    """a -> b; `b` are fields of the second."""
    first = Talkative(inputs={}, seed=1, model=MODEL, steps=2)
    return job(store, {"a": first, "b": Talkative(inputs={"model": "a"}, seed=1, model=MODEL, steps=2, **b)})


def state(store: Path) -> dict[str, Any]:
    """What was made, the steps that were logged, and what is left over."""
    made = {}
    for entry in Store(store).entries():
        entry.verify(records=True)
        steps = [json.loads(line)["step"] for line in (entry.path / "metrics.jsonl").read_text().splitlines()]
        made[entry.path.name] = [entry.manifest.files, steps]
    left = [p.name for p in (store / ".partial").iterdir()] + [p.name for p in store.rglob(".*.part")]
    return {"made": made, "left": left}

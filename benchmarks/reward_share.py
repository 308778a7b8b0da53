"""Which share of an update of reasoning RL its rewards take: real completions, the functions that TRL calls.

Rollouts are put together from what the trained model said when it was evaluated, and scored by the rewards, the task
and in batches of the size that the store's `reasoning_rl` was trained with. Each completion is scored once, as in
training. What an update takes as a whole is what that training took, by its number of updates.

python benchmarks/reward_share.py STORE     # of a whole `r1 run` at scale=laptop
"""

from __future__ import annotations

import json
import logging
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from r1cli.data.rows import Row
from r1cli.language.consistency import detect_language
from r1cli.rewards.base import Rewards
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.tasks.base import Task
from r1cli.training.trl.rewards import RewardFunctions

END = 0
"""Token that ends a completion here."""


class Said(NamedTuple):
    """A completion of the trained model."""

    row: Row
    text: str
    tokens: int


class Took(NamedTuple):
    """Seconds for all rewards of one rollout."""

    wall_s: float
    cpu_s: float


def newest(store: Path, node: str) -> Entry:
    """A node's newest result."""
    entries = [entry for entry in Store(store).entries() if entry.node == node]
    if not entries:
        raise SystemExit(f"{store}: no result of {node}")
    return max(entries, key=lambda entry: entry.manifest.started)


def completions(transcripts: Path, task: Task) -> list[Said]:
    """All that was said to problems with an answer, in an order that mixes them."""
    said = []
    for line in transcripts.read_text("utf-8").splitlines():
        problem = json.loads(line)
        if problem["answer"] is None:
            continue
        language = problem.get("language") or detect_language(problem["prompt"])
        row = Row(problem["id"], problem["prompt"], language=language, answer=problem["answer"], task=task)
        said += [Said(row, c["text"], int(c["tokens"])) for c in problem["completions"]]
    random.Random(0).shuffle(said)
    return said


def timed(rewards: Rewards, rollout: list[Said]) -> Took:
    """One rollout through every reward function, from the text to the numbers."""
    functions = RewardFunctions(
        rewards,
        [s.row for s in rollout],
        end_ids=frozenset({END}),
        prefilled=False,
        scorers={},
        log=logging.getLogger(__name__),
    ).functions()
    given: dict[str, Any] = {
        "completions": [s.text for s in rollout],
        "completion_ids": [[END] * s.tokens for s in rollout],
        "row": list(range(len(rollout))),
        "trainer_state": None,
        "log_metric": lambda _name, _value: None,
    }
    wall, cpu = time.perf_counter(), time.process_time()
    for function in functions:
        function(**given)
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def main() -> None:
    """Print what an update takes, what its rewards take, and the share."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    store = Path(sys.argv[1])
    trained = newest(store, "reasoning_rl")
    config = yaml.safe_load((trained.path / "config.yaml").read_text("utf-8"))
    rewards, task = Rewards.model_validate(config["reward"]), Task.model_validate(config["data"])
    said = completions(newest(store, "eval_reasoning_rl").path / "out" / "transcripts.jsonl", task)
    size, update_s = config["rollout_size"], trained.seconds / config["steps"]
    took = [timed(rewards, said[i : i + size]) for i in range(0, len(said) - size + 1, size)]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"an update: {update_s:.2f} s, the mean of {config['steps']} ({size} completions each)")
    for name, times in (("wall", [t.wall_s for t in took]), ("CPU", [t.cpu_s for t in took])):
        median, most = statistics.median(times), max(times)
        told = (
            f"{1000 * median:.1f} ms, the median of {len(times)} (first {1000 * times[0]:.1f}, worst {1000 * most:.1f})"
        )
        print(f"its rewards, {name}: {told}: {100 * median / update_s:.2f} % of an update")


if __name__ == "__main__":
    main()

"""A pilot: a few rollouts of a job's first RL stage, on this machine, to replace guesses of the bill by measurements.

What it trains is thrown away. It starts from the weights that the stage would start from if they are stored, else from
what they are made of; a base model that is not there is trained for a few updates, which is enough to time it and too
little to say how long completions become: `mean_completion` is then left a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from r1cli.artifact import Artifact
from r1cli.bill.bill import BillPrices, devices_of
from r1cli.bill.models import shape_for
from r1cli.bill.nodes import devices_for
from r1cli.cost.device import Assumed
from r1cli.cost.shape import ModelShape
from r1cli.cost.time import BACKWARD, FORWARD, Devices, Rollout, drawing_s, reading_s
from r1cli.engine.execute import execute
from r1cli.engine.job import Job
from r1cli.errors import ConfigError, StageFailed
from r1cli.files import remove
from r1cli.layout import METRICS, PILOT
from r1cli.results.reading import read_objects
from r1cli.stage import Listener, Stage
from r1cli.store.store import Store

ROLLOUTS = 3
"""The first is not counted: caches are cold."""
MOST_UNLEARNED = 0.8
"""Share of completions that teach nothing from which on the speed of learning is left a guess."""
BASE_UPDATES = 20
"""Of a base model that is made for the pilot alone."""


@dataclass(frozen=True)
class Timed:
    """What the counted rollouts took, in all."""

    rollouts: int
    rollout_s: float
    learning_s: float
    other_s: float
    tokens: float
    """Read while learning, prompts included."""
    mean: float
    """Tokens of a completion."""
    longest: float
    """Tokens, the mean of the rollouts."""
    unlearned: float = 0.0
    """Share of the completions without an advantage; without a reference model they are not read again."""


def run_pilot(job: Job, prices: BillPrices, listener: Listener) -> tuple[dict[str, float], str]:
    """Run it; returns guess -> measured value, and what was run in words.

    Raises:
        ConfigError: the job has no RL stage.
        StageFailed: the pilot itself failed.
    """
    node = _first_rl(job)
    pilot, is_trained = _pilot_of(job, node)
    remove(pilot.store)
    listener.note(f"pilot: {ROLLOUTS} rollouts of {node}")
    execute(pilot, listener)
    graph = pilot.graph
    entry = Store(pilot.store).get(node, graph.nodes[node].fingerprint)
    assert entry is not None  # just made
    stage = job.stages[node].config()
    timed = timed_of(list(read_objects(entry.path / METRICS)), updates=_updates(stage))
    shape, devices = shape_for(job, node), devices_of(prices.device, job.hardware)
    here = devices_for(shape, prices.device, job.hardware, devices)
    values = fitted(timed, stage, shape, here, prices.assumed())
    if not is_trained:
        values.pop("mean_completion")
    return values, f"{timed.rollouts} rollouts of {node}, {timed.rollout_s + timed.learning_s + timed.other_s:.0f} s"


def _first_rl(job: Job) -> str:
    for node in job.graph.nodes:
        work = job.stages[node].workload()
        if work is not None and work.drawn and work.learned:
            return node
    raise ConfigError("--pilot: there is no RL stage to time", hint="leave --pilot out, or choose a recipe with one")


def _updates(stage: Mapping[str, Any]) -> int:
    """In one rollout."""
    return int(stage["rollout_size"]) // int(stage["batch_size"])


def _pilot_of(job: Job, node: str) -> tuple[Job, bool]:
    """The job of the pilot, and whether its completions are those of trained weights."""
    stage = job.stages[node]
    steps = ROLLOUTS * _updates(stage.config())
    root, weights = _start(job, node)
    own = stage.model_copy(
        update={
            "inputs": {"model": root},
            "steps": steps,
            "general": None,
            "general_share": 0.0,
            "reward": _without_reward_models(stage),
            "checkpoint_every": steps + 1,
        }
    )
    stages: dict[str, Stage] = {node: own}
    external: dict[str, Artifact] = {}
    if weights is None:
        stages = {root: job.stages[root].model_copy(update={"steps": BASE_UPDATES}), **stages}
    else:
        external = {root: weights}
    tracking = job.tracking.model_copy(update={"backend": "none"})
    store = job.store.expanduser() / PILOT / "store"
    pilot = replace(job, stages=stages, external=external, targets=(node,), tracking=tracking, store=store)
    return pilot, weights is not None


def _start(job: Job, node: str) -> tuple[str, Artifact | None]:
    """The nearest weights above a node that are there already; None: the base model has to be made."""
    store, graph = Store(job.store), job.graph
    source = job.stages[node].inputs["model"]
    while source in job.stages:
        if source in graph.nodes and (entry := store.get(source, graph.nodes[source].fingerprint)):
            return source, entry.artifacts()["out"]
        if "model" not in job.stages[source].inputs:
            return source, None
        source = job.stages[source].inputs["model"]
    return source, job.external[source]


def _without_reward_models(stage: Stage) -> Any:
    reward = stage.reward  # type: ignore[attr-defined]
    terms = {name: term for name, term in reward.terms.items() if "input" not in type(term).model_fields}
    return reward.model_copy(update={"terms": terms, "weights": {name: reward.weights[name] for name in terms}})


def timed_of(rows: Sequence[Mapping[str, Any]], *, updates: int) -> Timed:
    """What the rollouts after the first took, from the metrics of each update.

    Raises:
        StageFailed: the log has no times.
    """
    logged = [row for row in rows if "train/num_tokens" in row]
    times = [row for row in rows if "time/rollout" in row]
    if len(logged) <= updates or len(times) <= updates:
        raise StageFailed("the pilot logged no times", hint="r1 logs shows what happened")
    counted = times[updates:]

    def spent(*phases: str) -> float:
        return sum(float(row.get(f"time/{phase}") or 0.0) for row in counted for phase in phases)

    completions = logged[updates:]
    return Timed(
        rollouts=len(counted) // updates,
        rollout_s=spent("rollout"),
        learning_s=spent("forward", "backward", "optimizer"),
        other_s=spent("rewards", "checkpoint", "other"),
        tokens=float(logged[-1]["train/num_tokens"]) - float(logged[updates - 1]["train/num_tokens"]),
        mean=fmean(float(row["train/completions/mean_length"]) for row in completions),
        longest=fmean(float(row["train/completions/max_length"]) for row in completions),
        unlearned=fmean(float(row.get("train/rollout/zero_advantage") or 0.0) for row in completions),
    )


def fitted(
    timed: Timed, stage: Mapping[str, Any], shape: ModelShape, cluster: Devices, likely: Assumed
) -> dict[str, float]:
    """The values with which the formulas give what was timed.

    The time of a decoding step takes what reading and arithmetic, at their likely shares, leave of a rollout's time. If
    they leave nothing, the share of arithmetic is raised instead.
    """
    trainer, completions = stage["trainer"], int(stage["rollout_size"])
    prompt = max(0.0, timed.tokens / (timed.rollouts * completions) - timed.mean)
    passes = FORWARD + BACKWARD + (completions > int(stage["batch_size"])) + bool(trainer.get("beta"))
    certain = replace(likely, mfu=1.0, step_s=0.0)
    context = prompt + timed.mean
    read = timed.tokens * (1.0 if trainer.get("beta") else 1 - timed.unlearned)
    ideal = reading_s(shape, cluster, certain, tokens=read, context=context, passes=passes)
    rollout = Rollout(completions, int(trainer.get("num_generations", 8)), timed.mean, timed.longest, prompt)
    without_steps = drawing_s(shape, cluster, certain, rollout)
    one = timed.rollout_s / timed.rollouts
    values = {
        "mfu": ideal / timed.learning_s,
        "rollout_s": timed.other_s / timed.rollouts,
        "prompt_tokens": prompt,
        "mean_completion": timed.mean / float(trainer["max_completion_length"]),
    }
    if not read or timed.unlearned > MOST_UNLEARNED:
        values.pop("mfu")  # hardly anything was learned, so nothing can be said of how fast
    if one > without_steps:
        a_second_each = drawing_s(shape, cluster, replace(certain, step_s=1.0), rollout) - without_steps
        values["step_s"] = (one - without_steps) / a_second_each
    else:
        values |= {"step_s": 0.0, "decode_flops": min(1.0, likely.decode_flops * without_steps / one)}
    return values

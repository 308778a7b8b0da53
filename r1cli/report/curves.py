"""What training logged, stage after stage on one axis, with the seeds as a band.

An axis counts the updates of those stages that log its measure: rewards exist in the RL stages only, and hundreds of
updates of supervised training in between would squeeze them. Neighbouring updates are averaged until a stage has at
most POINTS of them: a single update of RL says more about its prompts than about the policy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from r1cli.files import finite
from r1cli.layout import METRICS, read_warnings
from r1cli.results.lineage import Arm, Replicates
from r1cli.results.reading import read_objects
from r1cli.store.records import Entry

POINTS = 30
"""Points of one stage on a chart."""
MOST_UPDATES = 10**9
"""A step beyond is damage."""
REWARD_PREFIX, REWARD_SUFFIX = "train/rewards/", "/raw"
LOGGED = {
    "train/reward": ("Total reward", "weighted sum"),
    "train/completions/mean_length": ("Response length", "tokens"),
    "train/completions/clipped_ratio": ("Truncated responses", "share of rollouts that reach the length limit"),
    "train/entropy": ("Entropy", "nats per token"),
    "train/kl": ("KL to the reference policy", "nats per token"),
    "train/rollout/zero_advantage": ("Completions without an advantage", "share of an update's"),
}
"""Key -> title and unit, in reading order."""
REMARKS = {
    "train/entropy": "the mean over completions with an advantage where the others are left out (no KL, no bonus); "
    "clip ratios in metrics.jsonl likewise",
    "train/rollout/zero_advantage": "as good as the rest of their group, so nothing is learnt from them",
}
"""What must be known to read a curve."""
REWARDS = {
    "accuracy": ("Accuracy in training", "share of rollouts that are right"),
    "language": ("Language consistency in training", "share of words in the question's language"),
    "format": ("Format", "share of rollouts that keep the form"),
}
"""The same by the name of a reward."""
Point = dict[str, float | int | str]
Series = Sequence[tuple[float, float]]
"""(update, value)."""


@dataclass(frozen=True)
class Segment:
    """One stage's part of a chart."""

    label: str
    node: str
    row: int
    """Which way of training it belongs to, counted from 0: its line in the ribbon above the chart."""
    start: float
    """Updates before it, of stages that log the same."""
    end: float
    points: list[Point]
    seeds: int
    warnings: list[Point]
    """Where training warned of this measure: `x`, `model`, and what was `said`."""


@dataclass(frozen=True)
class Curve:
    """One measure against updates."""

    key: str
    title: str
    unit: str
    segments: list[Segment]


def curves(arms: Sequence[Arm]) -> list[Curve]:
    """All measures that at least one stage logged twice or more, in reading order."""
    logged: set[str] = set()
    for group in (group for arm in arms for group in arm.groups):
        for entry in group.entries:
            logged.update(*_log(entry.path))
    drawn = [_curve(key, arms) for key in _worth_a_chart(logged)]
    return [curve for curve in drawn if any(len(s.points) > 1 for s in curve.segments)]


def last_value(entry: Entry, key: str) -> float | None:
    """The last logged value of a measure."""
    series = _series(entry, key)
    return series[-1][1] if series else None


def last_update(entry: Entry) -> float | None:
    """Updates of a whole stage, if it logged them."""
    steps = [step for row in _log(entry.path) if (step := finite(row.get("step")))]
    return steps[-1] if steps else None


def _worth_a_chart(keys: Collection[str]) -> list[str]:
    """Rewards first, the known ones in their order; then what TRL logs; then reflection words."""
    rewards = sorted(k for k in keys if k.startswith(REWARD_PREFIX) and k.endswith(REWARD_SUFFIX))
    order = [f"{REWARD_PREFIX}{name}{REWARD_SUFFIX}" for name in REWARDS]
    rewards.sort(key=lambda k: order.index(k) if k in order else len(order))
    reflection = sorted(k for k in keys if k.startswith("train/") and "reflection" in k)
    return list(dict.fromkeys([*rewards, *(k for k in LOGGED if k in keys), *reflection]))


def _title_and_unit(key: str) -> tuple[str, str]:
    if key.startswith(REWARD_PREFIX):
        name = key.removeprefix(REWARD_PREFIX).removesuffix(REWARD_SUFFIX)
        return REWARDS.get(name, (f"Reward: {name.replace('_', ' ')}", "raw, before its weight"))
    return LOGGED.get(key, (key.removeprefix("train/").replace("_", " ").replace("/", ": ").capitalize(), ""))


def _curve(key: str, arms: Sequence[Arm]) -> Curve:
    segments: list[Segment] = []
    drawn: set[int] = set()  # groups that an earlier way of training shares
    row = 0
    for arm in arms:
        start, before = 0.0, len(segments)
        for group in arm.groups:
            by_seed = [_series(e, key) for e in group.entries]
            length = max((series[-1][0] for series in by_seed if series), default=0.0)
            if length > 0 and id(group) not in drawn:
                drawn.add(id(group))
                segments.append(_segment(group, by_seed, key=key, row=row, start=start, length=length))
            start += length
        row += len(segments) > before  # ways of training that log nothing have no line
    return Curve(key, *_title_and_unit(key), segments)


def _segment(
    group: Replicates, by_seed: Sequence[Series], *, key: str, row: int, start: float, length: float
) -> Segment:
    """Means of neighbouring updates: over the seeds the mean, the least and the greatest."""
    count = min(POINTS, max(map(len, by_seed)))
    bins: dict[int, list[Series]] = {}
    for series in by_seed:
        of_seed: dict[int, list[tuple[float, float]]] = {}
        for x, y in series:
            # The last update of a bin belongs to it: (0, 10] and not [0, 10).
            of_seed.setdefault(min(int(count * (x - 1e-9) / length), count - 1), []).append((x, y))
        for index, values in of_seed.items():
            bins.setdefault(index, []).append(values)
    points = [_point(group.label, start, bins[index]) for index in sorted(bins)]
    warnings = _warnings(group, key, start)
    return Segment(group.label, group.node, row, start, start + length, points, len(group.entries), warnings)


def _warnings(group: Replicates, key: str, start: float) -> list[Point]:
    found: list[Point] = []
    for entry in group.entries:
        for warning in read_warnings(entry.path):
            if f"train/{warning.metric}" == key:
                said = f"seed {entry.manifest.seed}, update {warning.step}: {warning.said}"
                found.append({"x": start + warning.step, "model": group.label, "said": said})
    return found


def _point(label: str, start: float, seeds: Sequence[Series]) -> Point:
    xs = [x for values in seeds for x, _ in values]
    means = [sum(y for _, y in values) / len(values) for values in seeds]
    numbers = {"y": sum(means) / len(means), "low": min(means), "high": max(means)}
    shown = {k: float(f"{v:.4g}") for k, v in numbers.items()}
    return {"x": round(start + sum(xs) / len(xs), 1), **shown, "model": label}


def _series(entry: Entry, key: str) -> Series:
    series = []
    for row in _log(entry.path):
        step, value = finite(row.get("step")), finite(row.get(key))
        # Null stands for NaN; it and what is damaged are no point of a curve.
        if value is not None and step is not None and 0 <= step <= MOST_UPDATES:
            series.append((step, value))
    return series


@cache
def _log(entry: Path) -> tuple[Mapping[str, Any], ...]:
    """An entry's metrics; empty where it has none."""
    return tuple(read_objects(entry / METRICS))

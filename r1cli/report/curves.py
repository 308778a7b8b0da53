"""What training logged, stage after stage on one axis, with the seeds as a band.

An axis counts the updates of those stages that log its measure: rewards exist in the RL stages only, and hundreds of
updates of supervised training in between would squeeze them. Neighbouring updates are averaged until a stage has at
most POINTS of them: a single update of RL says more about its prompts than about the policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from r1cli.report.lineage import Arm, Group
from r1cli.store.records import Entry

POINTS = 30
"""Points of one stage on a chart."""
REWARDS = "train/rewards/{}/raw"
NAMED = {
    "train/reward": ("Total reward", "weighted sum"),
    "train/completions/mean_length": ("Response length", "tokens"),
    "train/entropy": ("Entropy", "nats per token"),
    "train/kl": ("KL to the reference policy", "nats per token"),
}
REWARD_TITLES = {
    "accuracy": ("Accuracy in training", "share of rollouts that are right"),
    "language": ("Language consistency in training", "share of words in the question's language"),
    "format": ("Format", "share of rollouts that keep the form"),
}
Point = dict[str, float | int | str]


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


@dataclass(frozen=True)
class Curve:
    """One measure against updates."""

    key: str
    title: str
    unit: str
    segments: list[Segment]

    @property
    def seeds(self) -> int:
        """The most seeds that any stage has."""
        return max(s.seeds for s in self.segments)


Log = list[dict[str, float | None]]


def curves(arms: Sequence[Arm]) -> list[Curve]:
    """All measures that at least one stage logged twice or more, in reading order."""
    logged = {key for arm in arms for g in arm.groups for e in g.entries for key in _keys(e.path)}
    found = [_curve(key, *_named(key), arms) for key in _ordered(logged)]
    return [c for c in found if any(len(s.points) > 1 for s in c.segments)]


def log(entry: Path) -> Log:
    """An entry's metrics.jsonl; empty where it has none. A line that a kill tore is passed over."""
    return list(_read(entry))


@cache
def _read(entry: Path) -> tuple[dict[str, float | None], ...]:
    rows = []
    try:
        with (entry / "metrics.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    continue
    except FileNotFoundError:
        return ()
    return tuple(rows)


def _keys(entry: Path) -> set[str]:
    return {key for row in _read(entry) for key in row}


def _ordered(logged: Iterable[str]) -> list[str]:
    """The keys worth a chart, in reading order."""
    keys = set(logged)
    prefix, suffix = REWARDS.split("{}")
    terms = sorted(
        k.removeprefix(prefix).removesuffix(suffix) for k in keys if k.startswith(prefix) and k.endswith(suffix)
    )
    terms.sort(key=lambda t: list(REWARD_TITLES).index(t) if t in REWARD_TITLES else len(REWARD_TITLES))
    reflection = sorted(k for k in keys if k.startswith("train/") and "reflection" in k)
    return [*(REWARDS.format(t) for t in terms), *(k for k in NAMED if k in keys), *reflection]


def _named(key: str) -> tuple[str, str]:
    prefix, suffix = REWARDS.split("{}")
    if key.startswith(prefix):
        term = key.removeprefix(prefix).removesuffix(suffix)
        return REWARD_TITLES.get(term, (f"Reward: {term.replace('_', ' ')}", "raw, before its weight"))
    return NAMED.get(key, (key.removeprefix("train/").replace("_", " ").replace("/", ": ").capitalize(), ""))


def _curve(key: str, title: str, unit: str, arms: Sequence[Arm]) -> Curve:
    segments: list[Segment] = []
    drawn: set[int] = set()
    for row, arm in enumerate(arms):
        start = 0.0
        for group in arm.groups:
            end = start + _length(group, key)
            if end > start and id(group) not in drawn:
                drawn.add(id(group))
                points = _points(group, key, start)
                segments.append(Segment(group.label, group.node, row, start, end, points, len(group.entries)))
            start = end
    used = sorted({s.row for s in segments})
    rows = {row: i for i, row in enumerate(used)}
    return Curve(key, title, unit, [Segment(**{**vars(s), "row": rows[s.row]}) for s in segments])


def _length(group: Group, key: str) -> float:
    """Updates of a stage that logs `key`; 0 if it does not."""
    return max((steps[-1] for e in group.entries if (steps := [x for x, _ in _series(e, key)])), default=0.0)


def _points(group: Group, key: str, start: float) -> list[Point]:
    """Means of neighbouring updates: over the seeds the mean, the least and the greatest."""
    by_seed = [_series(e, key) for e in group.entries]
    last = max((s[-1][0] for s in by_seed if s), default=0.0)
    bins: dict[int, list[list[tuple[float, float]]]] = {}
    count = min(POINTS, max(map(len, by_seed), default=0)) or 1
    for series in by_seed:
        mine: dict[int, list[tuple[float, float]]] = {}
        for x, y in series:
            mine.setdefault(min(int(count * (x - 1e-9) / last), count - 1), []).append((x, y))
        for at, values in mine.items():
            bins.setdefault(at, []).append(values)
    return [_point(group.label, start, bins[at]) for at in sorted(bins)]


def _point(label: str, start: float, seeds: Sequence[Sequence[tuple[float, float]]]) -> Point:
    xs = [x for values in seeds for x, _ in values]
    means = [sum(y for _, y in values) / len(values) for values in seeds]
    numbers = {"y": sum(means) / len(means), "low": min(means), "high": max(means)}
    return {"x": round(start + sum(xs) / len(xs), 1), **{k: _rounded(v) for k, v in numbers.items()}, "model": label}


def _series(entry: Entry, key: str) -> list[tuple[float, float]]:
    return [(float(row["step"] or 0), float(y)) for row in _read(entry.path) if (y := row.get(key)) is not None]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def last_value(entry: Entry, key: str) -> float | None:
    """The last logged value of a measure."""
    values = [y for _, y in _series(entry, key)]
    return values[-1] if values else None


def totals(entry: Entry) -> Mapping[str, float | None]:
    """Updates and tokens of a whole stage, as far as it logged them."""
    steps = [row["step"] for row in _read(entry.path) if row.get("step")]
    return {"updates": steps[-1] if steps else None, "tokens": last_value(entry, "train/num_tokens")}

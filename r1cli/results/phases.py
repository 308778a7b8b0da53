"""Where the time of RL's updates went: what the trainer's clock logged, over all updates of a result.

The log is read, and not the summary, because a stage that was resumed has one log and a summary of its last attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import fmean

from r1cli.layout import METRICS
from r1cli.results.lineage import Lineage
from r1cli.results.reading import read_objects
from r1cli.training.clock import PHASES

PREFIX = "time/"
LEAST_SHOWN = 0.005
"""A smaller share would be written as 0 %."""


@dataclass(frozen=True)
class UpdateTime:
    """What an update of one stage took; the mean over its updates, then over its seeds."""

    node: str
    label: str
    """The paper's name of the model that was trained."""
    seconds: Mapping[str, float]
    """Phase -> wall seconds of an update, in the order of PHASES."""
    seeds: int


def of_result(folder: Path) -> dict[str, float]:
    """Phase -> wall seconds of an update of the result in a folder, in the order of PHASES; empty if none was timed."""
    totals = dict.fromkeys(PHASES, 0.0)
    updates = 0
    for row in read_objects(folder / METRICS):
        timed = [phase for phase in PHASES if _is_number(row.get(PREFIX + phase))]
        updates += bool(timed)
        for phase in timed:
            totals[phase] += row[PREFIX + phase]
    if not sum(totals.values()):
        return {}
    return {phase: total / updates for phase, total in totals.items()}


def of_stages(lineage: Lineage) -> list[UpdateTime]:
    """The timed stages that a report shows, in the paper's order."""
    stages = []
    for node, group in lineage.shown.items():
        by_seed = [seconds for entry in group.entries if (seconds := of_result(entry.path))]
        if by_seed:
            mean = {phase: fmean(seconds[phase] for seconds in by_seed) for phase in PHASES}
            stages.append(UpdateTime(node, group.label, mean, len(by_seed)))
    return stages


def shares(seconds: Mapping[str, float]) -> dict[str, float]:
    """Phase -> its share of an update, from 0 to 1."""
    whole = sum(seconds.values())
    return {phase: value / whole for phase, value in seconds.items()}


def in_words(seconds: Mapping[str, float]) -> str:
    """`rollout 41 %, forward 19 %, backward 34 %, other 6 %`; what would be 0 % is left out."""
    shown = {phase: share for phase, share in shares(seconds).items() if share >= LEAST_SHOWN}
    return ", ".join(f"{phase} {100 * share:.0f} %" for phase, share in shown.items())


def _is_number(value: object) -> bool:
    """False for what a damaged log holds, and for the null that stands for NaN."""
    return isinstance(value, int | float) and isfinite(value)

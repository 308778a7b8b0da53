"""Every value of the run beside the paper's: what conf/ says of it, and what the run really had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from r1cli.config.catalogue import options
from r1cli.config.provenance import StageValue, look_up, of
from r1cli.errors import R1Error
from r1cli.results.lineage import Lineage
from r1cli.store.records import Entry
from r1cli.text import as_typed

FIRST_SCALE = "laptop"
"""Scale that is tried first."""
MARKS = {
    "paper": "the paper's own value",
    "scaled": "the paper's, made smaller",
    "ours": "the paper is silent",
    "given": "set for this run",
    "": "not said",
}


@dataclass(frozen=True)
class StageValues:
    """The values of one stage, in the order of its configuration."""

    node: str
    values: tuple[StageValue, ...]


def stages(lineage: Lineage, overrides: Sequence[str] = ()) -> list[StageValues]:
    """The shown stages, and the evaluation; those that conf/ does not know are left out."""
    entries = {name: group.entries[-1] for name, group in lineage.shown.items()}
    if lineage.evaluations:
        entries["evaluate"] = lineage.evaluations[-1]
    lines = [*overrides, *_scale(entries, overrides)]
    every = [StageValues(node, _values(node, entry, lines)) for node, entry in entries.items()]
    return [stage for stage in every if stage.values]


def counts(stages: Iterable[StageValues]) -> dict[str, int]:
    """How many values there are of each mark."""
    marks = [value.mark for stage in stages for value in stage.values]
    return {mark: marks.count(mark) for mark in MARKS if mark in marks}


def _values(node: str, entry: Entry, lines: Sequence[str]) -> tuple[StageValue, ...]:
    config = entry.manifest.identity.get("config", {})
    try:
        values = of(node, lines)
    except R1Error:
        return ()  # a stage of the user's own configuration, which is not at hand here
    return tuple(_of_run(value, config) for value in values)


def _of_run(value: StageValue, config: Mapping[str, Any]) -> StageValue:
    """The value that the run had; one that is not what conf/ says was given for this run."""
    actual = look_up(config, value.key, absent=value.value)
    if as_typed(actual) == as_typed(value.value):
        return value
    if value.key == "seed" or value.key.endswith(".seed"):
        return replace(value, value=actual)
    return replace(value, value=actual, mark="given", note=f"conf/ has {as_typed(value.value)}", file="")


def _scale(entries: Mapping[str, Entry], overrides: Sequence[str]) -> list[str]:
    """The scale that explains most of what the run had, so that its values need not all be called given."""
    if not entries or any(o.startswith("scale=") for o in overrides):
        return []
    # The stage with the longest configuration has the most values that tell one scale from another.
    node = max(entries, key=lambda name: len(str(entries[name].manifest.identity)))
    given: dict[str, int] = {}
    for scale in sorted(options("scale"), key=lambda name: name != FIRST_SCALE):
        values = _values(node, entries[node], [*overrides, f"scale={scale}"])
        given[scale] = sum(value.mark == "given" for value in values)
        if not given[scale]:
            break  # composing takes a moment
    return [f"scale={min(given, key=lambda scale: given[scale])}"]

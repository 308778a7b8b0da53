"""Every value of the run beside the paper's: what conf/ says of it, and what the run really had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from r1cli.config.provenance import Value, of, shown
from r1cli.errors import R1Error
from r1cli.report.lineage import Lineage
from r1cli.store.records import Entry

USUAL = "laptop"
"""Scale that is tried first."""
MARKS = {
    "paper": "the paper's own value",
    "scaled": "the paper's, made smaller",
    "ours": "the paper is silent",
    "given": "set for this run",
    "": "not said",
}


@dataclass(frozen=True)
class Stage:
    """The values of one stage, in the order of its configuration."""

    node: str
    values: tuple[Value, ...]


def stages(lineage: Lineage, overrides: Sequence[str] = ()) -> list[Stage]:
    """The shown stages, and the evaluation; those that conf/ does not know are left out."""
    entries = {name: group.entries[-1] for name, group in lineage.shown.items()}
    if lineage.evaluations:
        entries["evaluate"] = lineage.evaluations[-1]
    lines = [*overrides, *_scale(entries, overrides)]
    found = [Stage(node, _values(node, entry, lines)) for node, entry in entries.items()]
    return [s for s in found if s.values]


def counts(found: Iterable[Stage]) -> dict[str, int]:
    """How many values there are of each mark."""
    marks = [v.mark for stage in found for v in stage.values]
    return {mark: marks.count(mark) for mark in MARKS if mark in marks}


def _values(node: str, entry: Entry, lines: Sequence[str]) -> tuple[Value, ...]:
    config = entry.manifest.identity.get("config", {})
    try:
        told = of(node, lines)
    except R1Error:
        return ()  # a stage of somebody's own configuration, which is not at hand here
    return tuple(_of_run(value, config) for value in told)


def _of_run(value: Value, config: Mapping[str, Any]) -> Value:
    """The value that the run had; one that is not what conf/ says was given for this run."""
    had = _find(config, value.key)
    if had is _ABSENT or shown(had) == shown(value.value):
        return value
    if value.key == "seed" or value.key.endswith(".seed"):
        return replace(value, value=had)
    return replace(value, value=had, mark="given", note=f"conf/ has {shown(value.value)}", file="")


def _scale(entries: Mapping[str, Entry], overrides: Sequence[str]) -> list[str]:
    """The scale that explains most of what the run had, so that its values need not all be called given."""
    from r1cli.config.catalogue import options

    if not entries or any(o.startswith("scale=") for o in overrides):
        return []
    node = max(entries, key=lambda n: len(str(entries[n].manifest.identity)))
    given: dict[str, int] = {}
    for scale in sorted(options("scale"), key=lambda s: s != USUAL):
        given[scale] = _given(_values(node, entries[node], [*overrides, f"scale={scale}"]))
        if not given[scale]:
            break  # composing takes a moment
    return [f"scale={min(given, key=lambda s: given[s])}"]


def _given(values: Sequence[Value]) -> int:
    return sum(v.mark == "given" for v in values)


_ABSENT = object()


def _find(config: Any, key: str) -> Any:
    for part in key.split("."):
        if not isinstance(config, Mapping) or part not in config:
            return _ABSENT
        config = config[part]
    return config

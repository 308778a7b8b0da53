"""The difference of two identities, key by key: why a result is to be made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1cli.text import as_typed

SHOWN_CHARACTERS = 60
"""Longer values are cut."""
_ABSENT = object()


def explain(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """How two identities differ, one line a key: `trainer.learning_rate: 1e-4 -> 2e-4`."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    lines: list[str] = []
    for key in {**before, **after}:
        was, now = before.get(key, _ABSENT), after.get(key, _ABSENT)
        # 1, 1.0 and True are equal in Python, yet not in a fingerprint.
        if was != now or type(was) is not type(now):
            lines.append(_line(key, was, now))
    return list(dict.fromkeys(lines))


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested mappings and lists, under dotted names; an empty one is its own leaf."""
    inner: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        inner = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, (list, tuple)):
        inner = [(str(i), v) for i, v in enumerate(value)]
    if not inner:
        yield key, value
    for name, v in inner:
        yield from _leaves(v, f"{key}.{name}" if key else name)


def _line(key: str, old: object, new: object) -> str:
    name = key.removeprefix("config.")
    if key.startswith("inputs."):
        return f"{key}: changed upstream"
    if key == "version":
        return f"the stage's VERSION {old} -> {new}"
    if name.endswith(".VERSION"):  # of a component; 1 is left out of an identity
        was, now = (1 if version is _ABSENT else version for version in (old, new))
        return f"{name.removesuffix('.VERSION')}: VERSION {was} -> {now}"
    if ".files." in key:
        return f"{name.rpartition('.files.')[0]}: contents of a data file changed"
    return f"{name}: {_change(old, new)}"


def _change(old: object, new: object) -> str:
    # What stands at its default is not part of an identity: "added" may mean that it was set to something else.
    if old is _ABSENT:
        return f"added, {_shown(new)}"
    if new is _ABSENT:
        return f"removed, was {_shown(old)}"
    return f"{_shown(old)} -> {_shown(new)}"


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else as_typed(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."

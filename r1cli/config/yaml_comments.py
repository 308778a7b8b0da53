"""What a YAML file says about its own values: the comments on their lines, and the one at its head.

PyYAML drops comments but knows on which line each key stands and where each value ends; what follows a line's last
value behind a `#` is its comment. See r1cli.config.provenance for what the marks mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Mark = Literal["paper", "scaled", "ours", "given", ""]
"""given: on the command line; empty: nobody said."""

MARK = re.compile(r"(paper|scaled|ours)\b[:;,]?\s*(.*)")
EVERYTHING = re.compile(r"#\s*(paper|scaled|ours):\s*everything here\b")


def line_of(file: Path, path: str) -> int | None:
    """Line on which a file sets a dotted key; None if it does not."""
    node, line = _read(file).root, 0
    for part in path.split("."):
        found = next((pair for pair in _pairs(node) if pair[0].value == part), None)
        if found is None:
            return None
        node, line = found[1], found[0].start_mark.line + 1
    return line


def said(file: Path, line: int) -> tuple[Mark, str]:
    """The mark on a line, or that at the head of its file, and the note behind it."""
    return _read(file).marks.get(line) or _read(file).everything


@dataclass(frozen=True)
class _File:
    """A YAML file as text with marks."""

    root: Any
    """PyYAML's node, which knows lines."""
    marks: Mapping[int, tuple[Mark, str]]
    """Line, counted from one -> what its comment says."""
    everything: tuple[Mark, str]
    """What the head of the file says of the rest."""


@cache
def _read(file: Path) -> _File:
    import yaml

    text = file.read_text(encoding="utf-8")
    root = yaml.compose(text, yaml.SafeLoader)
    ends: dict[int, int] = {}
    for node in _scalars(root):
        ends[node.end_mark.line] = max(ends.get(node.end_mark.line, 0), node.end_mark.column)
    marks: dict[int, tuple[Mark, str]] = {}
    lines = text.splitlines()
    for number, end in ends.items():
        comment = lines[number][end:].partition("#")[2].strip() if number < len(lines) else ""
        if found := MARK.match(comment):
            marks[number + 1] = (found[1], found[2])  # type: ignore[assignment]
    head = lines[: min(ends, default=0)]
    spoken = next((m for line in head if (m := EVERYTHING.match(line))), None)
    return _File(root, marks, (spoken[1], "") if spoken else ("", ""))  # type: ignore[arg-type]


def _scalars(node: Any) -> Iterator[Any]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _scalars(part)
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _scalars(part)
    elif node is not None:
        yield node


def _pairs(node: Any) -> Iterable[tuple[Any, Any]]:
    """Keys and values of a mapping, those merged in by `<<` last, as YAML has it."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return []
    own = [(k, v) for k, v in node.value if k.tag != "tag:yaml.org,2002:merge"]
    merged = [pair for k, v in node.value if k.tag == "tag:yaml.org,2002:merge" for pair in _pairs(v)]
    return [*own, *merged]

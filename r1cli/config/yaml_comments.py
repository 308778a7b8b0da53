"""What a YAML file says about its own values: the comments on their lines, and the one at its head.

PyYAML drops comments, but it knows on which line each key stands and where each value ends; what follows a line's last
value behind a `#` is its comment. See r1cli.config.provenance for what the marks mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from r1cli.config.lean import fast_yaml

Mark = Literal["paper", "scaled", "ours", "given", ""]
"""given: on the command line; empty: no comment says."""
Comment = tuple[Mark, str]
"""A mark, and the note behind it."""

MARKED = re.compile(r"(paper|scaled|ours)\b[:;,]?\s*(.*)")
EVERYTHING = re.compile(r"#\s*(paper|scaled|ours):\s*everything here\b")
MERGE_TAG = "tag:yaml.org,2002:merge"


def line_of(file: Path, key: str) -> int | None:
    """Line (from 1) on which a file sets a dotted key; None if it does not."""
    node, line = _read(file).root, 0
    for part in key.split("."):
        pair = next((pair for pair in _pairs(node) if pair[0].value == part), None)
        if pair is None:
            return None
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def comment_on(file: Path, line: int) -> Comment:
    """The comment on a line, or the one on the nearest key above it, or at the head of the file, that speaks for it."""
    content = _read(file)
    return content.comments.get(line, content.everything)


@dataclass(frozen=True)
class _CommentedFile:
    """A YAML file with its marked comments."""

    root: Any
    """PyYAML's node, which knows lines."""
    comments: Mapping[int, Comment]
    """By line, counted from one."""
    everything: Comment
    """What the head of the file says of the rest."""


@cache
def _read(file: Path) -> _CommentedFile:
    import yaml

    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    with fast_yaml():
        root = yaml.compose(text, yaml.SafeLoader)
    ends: dict[int, int] = {}  # line, from 0 -> column behind its last value
    for scalar in _scalars(root):
        mark = scalar.end_mark
        ends[mark.line] = max(ends.get(mark.line, 0), mark.column)
    comments: dict[int, Comment] = {}
    for number, end in ends.items():
        if number < len(lines):  # an empty value at the end of the file ends behind its last line
            match = MARKED.match(lines[number][end:].partition("#")[2].strip())
            if match:
                comments[number + 1] = (cast("Mark", match[1]), match[2])
    _hand_down(root, ("", ""), comments)
    everything: Comment = ("", "")
    for line in lines[: min(ends, default=0)]:
        match = EVERYTHING.match(line)
        if match:
            everything = (cast("Mark", match[1]), "")
            break
    return _CommentedFile(root, comments, everything)


def _hand_down(node: Any, above: Comment, comments: dict[int, Comment]) -> None:
    """Give lines without a comment the one of the key that they stand below."""
    for key, value in _pairs(node):
        line = key.start_mark.line + 1
        if above[0]:
            comments.setdefault(line, above)
        _hand_down(value, comments.get(line, above), comments)


def _scalars(node: Any) -> Iterator[Any]:
    """All keys and values below a node that are no collections."""
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
    own = [(key, value) for key, value in node.value if key.tag != MERGE_TAG]
    merged = [pair for key, value in node.value if key.tag == MERGE_TAG for pair in _pairs(value)]
    return [*own, *merged]

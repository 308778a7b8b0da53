r"""Grids of ARC: how they are written into a prompt, and which one an answer hands in.

A grid is a list of 1 to 30 rows of 1 to 30 colours, 0 to 9, all rows of one length. An answer hands in the last list of
lists of its last `\boxed{}`, else the last list of lists that it holds. If that one is no grid there is none: an
earlier one, perhaps a copy of an example, is not what was committed to.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

Grid = list[list[int]]
"""Rows of colours."""
Serialisation = Literal["rows", "compact"]
"""rows: JSON with a row of the grid on each line; compact: JSON on one line."""

LARGEST_SIDE = 30
COLOURS = 10
_ROW = r"\[[^\[\]]*+\]"
_LISTS = re.compile(rf"\[\s*+{_ROW}(?:[\s,]*+{_ROW})*+[\s,]*+\]")
_BOX = r"\boxed{"


def written(grid: Grid, how: Serialisation = "compact") -> str:
    """A grid as JSON."""
    if how == "compact":
        return json.dumps(grid)
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in grid) + "\n]"


def is_grid(value: Any) -> bool:
    """Whether a value of JSON is a grid. True and 1.0 are no colours."""
    if not isinstance(value, list) or not 1 <= len(value) <= LARGEST_SIDE:
        return False
    if not all(isinstance(row, list) and 1 <= len(row) <= LARGEST_SIDE for row in value):
        return False
    cells = [cell for row in value for cell in row]
    return len({len(row) for row in value}) == 1 and all(type(cell) is int and 0 <= cell < COLOURS for cell in cells)


def grid_in(answer: str) -> Grid | None:
    """The grid that an answer hands in; None if there is none. Takes time linear in the answer's length."""
    found = _last_lists(_last_box(answer)) or _last_lists(answer)
    return None if found is None else _read(found)


def grids_in(text: str) -> list[Grid]:
    """All grids of a text, in order."""
    read = [_read(match[0]) for match in _LISTS.finditer(text)]
    return [grid for grid in read if grid is not None]


def _read(lists: str) -> Grid | None:
    try:
        value = json.loads(lists)
    except (ValueError, RecursionError):
        return None
    return value if is_grid(value) else None


def _last_lists(text: str) -> str | None:
    """The last list of lists in a text."""
    last = None
    for match in _LISTS.finditer(text):
        last = match[0]
    return last


def _last_box(text: str) -> str:
    """What the last box holds, to its closing brace or to the end; "" without a box."""
    _, box, rest = text.rpartition(_BOX)
    if not box:
        return ""
    depth = 1
    for match in re.finditer(r"[{}]", rest):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return rest[: match.start()]
    return rest

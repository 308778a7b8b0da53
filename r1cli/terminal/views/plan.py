"""The graph of a plan, drawn as text, as `r1 plan` prints it.

    base                    3f2a10c4d5e6f708  stored  48.1 s
    └─ coldstart            91be0d5a77c3e412  to run
       │  trainer.learning_rate: 0.0003 -> 0.0001
       └─ reasoning_rl      0c44f1d9b8a2e635  to run
             input coldstart is made again

Each node hangs below the model that it starts from; inputs beside that one are named under it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from r1cli.terminal import console
from r1cli.text import seconds

if TYPE_CHECKING:
    from rich.text import Text

    from r1cli.artifact import Artifact
    from r1cli.engine.plan import PlanRow

WIDTH = 80
"""Columns of a terminal that anybody has; also in a pipe."""
MOST_REASONS = 8
"""Under one node; `--json` has all of them."""
NEVER_MADE = ["never made"]
"""The reason that needs no line of its own."""


def print_plan(rows: Sequence[PlanRow]) -> None:
    """Draw the graph on stdout, with colours if that is a terminal."""
    out = console.stdout()
    for line in graph(rows):
        out.print(line, soft_wrap=True, highlight=False)


def graph(rows: Sequence[PlanRow]) -> list[Text]:
    """The lines of the drawing; `rows` are in the order of execution."""
    drawing = _Drawing(rows)
    for root in drawing.roots():
        drawing.draw(root)
    return drawing.lines


class _Drawing:
    def __init__(self, rows: Sequence[PlanRow]) -> None:
        self.rows = {row.node.name: row for row in rows}
        self.lines: list[Text] = []
        self.children: dict[str | None, list[str]] = {}
        for name in self.rows:
            self.children.setdefault(self._parent(name), []).append(name)
        # Names and their indentation, three columns a level, share the first column.
        self.name_width = max((self._depth(name) * 3 + len(name) for name in self.rows), default=0)

    def roots(self) -> list[str]:
        """Things from outside that a node hangs below, then nodes that start from nothing."""
        outside = [name for name in self.children if name is not None and name not in self.rows]
        return [*outside, *self.children.get(None, [])]

    def draw(self, name: str, lead: str = "", below: str = "") -> None:
        """A node and what hangs below it; `lead` stands before its name, `below` before the lines under that."""
        children = self.children.get(name, [])
        row = self.rows.get(name)
        if row is None:
            self._add(f"{name}  ", "given", "dim")
        else:
            self._draw_row(row, lead, f"{below}{'│  ' if children else '   '}")
        for child in children:
            is_last = child == children[-1]
            self.draw(child, f"{below}{'└─ ' if is_last else '├─ '}", f"{below}{'   ' if is_last else '│  '}")

    def _draw_row(self, row: PlanRow, lead: str, indentation: str) -> None:
        name = f"{lead}{row.node.name}"
        facts = f"{name:<{self.name_width}}  {row.node.fingerprint[:16]}  "
        rest = f"  {seconds(row.seconds)}" if row.seconds is not None else ""
        if row.reasons == NEVER_MADE:
            rest += f", {NEVER_MADE[0]}"
        self._add(facts, row.state, console.STYLES[row.state], rest)
        for line in self._remarks(row):
            for part in textwrap.wrap(line, max(WIDTH - len(indentation), 20), subsequent_indent="  "):
                self._add(indentation, part, "dim")

    def _remarks(self, row: PlanRow) -> Iterator[str]:
        parent = self._parent(row.node.name)
        others = {role: _named(source) for role, source in row.node.inputs.items() if _named(source) != parent}
        if others:
            names = (source if source == role else f"{source} ({role})" for role, source in others.items())
            yield f"also from {', '.join(names)}"
        if row.reasons == NEVER_MADE:
            return
        yield from row.reasons[:MOST_REASONS]
        if len(row.reasons) > MOST_REASONS:
            yield f"and {len(row.reasons) - MOST_REASONS} more: --json has all"

    def _parent(self, name: str) -> str | None:
        """The model that a node starts from; without one, its first input; None if that is not drawn."""
        inputs = self.rows[name].node.inputs
        source = inputs.get("model", next(iter(inputs.values()), None))
        if source is None or (isinstance(source, str) and source not in self.rows):
            return None
        return _named(source)

    def _depth(self, name: str) -> int:
        parent = self._parent(name)
        if parent is None:
            return 0
        return 1 + (self._depth(parent) if parent in self.rows else 0)

    def _add(self, plain: str, marked: str, style: str, rest: str = "") -> None:
        from rich.text import Text

        self.lines.append(Text.assemble(plain, (marked, style), (rest, "dim")))


def _named(source: Artifact | str) -> str:
    return source if isinstance(source, str) else source.location

"""What a person sees of a sweep: whose line it is while cells run side by side, and the table at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from r1cli.results.comparison import LABELS
from r1cli.terminal import console
from r1cli.terminal.console import Progress

if TYPE_CHECKING:
    from r1cli.sweep.cell import Cell
    from r1cli.sweep.estimate import SweepPlan
    from r1cli.sweep.ledger import CellRecord

STYLES = {"done": "green", "failed": "bold red", "stopped": "yellow", "not run": "dim", "running": "cyan"}
EVERY_S = 30.0
"""Between two lines about the progress of one stage: several cells speak."""
SHOWN_LINES = 12  # of a bug's traceback


class CellProgress(Progress):
    """Plain lines that begin with the cell's name: two live lines on one terminal would overwrite each other."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self._cell, self._told, self._stage = cell, time.monotonic(), ""

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """Now and then, not at every tenth: stages that are done in seconds say so themselves."""
        now = time.monotonic()
        if node != self._stage:
            self._stage, self._told = node, now
        elif now - self._told >= EVERY_S:
            self._told = now
            numbers = "".join(f"  {name} {console.number(value)}" for name, value in shown.items())
            self.note(f"{node}  {done}/{total}{numbers}")

    def note(self, line: str) -> None:
        """A line of this cell."""
        console.note(f"[{self._cell}] {line}")

    def close(self) -> None:
        """Nothing is drawn that had to be taken away."""


def progress_of(cell: Cell) -> Progress:
    """How a cell shows its progress: live if it has the terminal for itself."""
    if cell.shared_terminal:
        return CellProgress(cell.name)
    total = f" of {len(cell.sweep.cells)}" if cell.sweep.cells else ""
    console.note(f"cell {cell.number + 1}{total}: {cell.name}")
    return Progress()


def summary(cells: Sequence[CellRecord], objective: str) -> None:
    """One line for each cell, then the story of those that failed."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    measures = list(dict.fromkeys([objective, "accuracy", "language"]))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("cell", "state", "time", "new", "model", *measures):
        table.add_column(name, overflow="fold", justify="right" if name in {"time", "new"} else "left")
    for c in cells:
        numbers = [_mean(c.measures.get(m)) for m in measures]
        stages = f"{c.made} of {c.made + c.reused}" if c.state == "done" else ""
        state = Text(c.state, style=STYLES[c.state])
        table.add_row(
            Text(c.name), state, console.seconds(c.seconds), stages, LABELS.get(c.checkpoint, c.checkpoint), *numbers
        )
    Console(file=sys.stdout).print(table)
    for c in cells:
        if c.state == "failed":
            console.note(f"{c.name}: " + "\n  ".join(c.error.strip().splitlines()[-SHOWN_LINES:]))
            if c.log:
                console.note(f"  {c.log}")


def dry_run(plan: SweepPlan) -> None:
    """What a line would train: cells, nodes, what they share and what it costs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = Console(file=sys.stdout)
    if plan.cells:
        cells = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("cell", "values", "to run", "stored"):
            cells.add_column(name)
        for c in plan.cells:
            cells.add_row(str(c.number + 1), Text(c.name), str(c.to_run), str(c.stored))
        out.print(cells)
    nodes = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("node", "of cells", "state", "work", "time"):
        nodes.add_column(name)
    for n in plan.nodes:
        state = Text(n.state, style=console.STYLES.get(n.state, ""))
        times = f" x {n.copies}" if n.copies > 1 else ""
        took = console.seconds(n.seconds) if n.seconds is not None else "unknown"
        nodes.add_row(f"{n.node}{times}", _of_cells(n.cells), state, n.work, took if n.state != "stored" else "")
    out.print(nodes)
    out.print(f"{plan.summary()}; nothing was trained", style="dim", highlight=False, soft_wrap=True)


def _of_cells(numbers: Sequence[int]) -> str:
    """`1-3, 5`."""
    runs: list[list[int]] = []
    for n in sorted(n + 1 for n in numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in runs)


def _mean(measure: Mapping[str, float] | None) -> str:
    if measure is None:
        return "-"
    return f"{measure['mean']:.2f} ±{(measure['high'] - measure['low']) / 2:.2f}"

"""Tables about a sweep: what it would train, and how its cells ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1cli.results.notation import short_interval
from r1cli.results.paper import name_of
from r1cli.results.statistics import Interval
from r1cli.terminal import console
from r1cli.text import seconds

if TYPE_CHECKING:
    from r1cli.sweep.estimate import SweepPlan
    from r1cli.sweep.ledger import CellRecord

TRACEBACK_LINES = 12  # of a bug


def summary(cells: Sequence[CellRecord], objective: str) -> None:
    """One line for each cell, then the error of each that failed."""
    from rich.text import Text

    measures = list(dict.fromkeys([objective, "accuracy", "language"]))
    listed = console.table("cell", "state", "time", "new", "model", *measures, right={"time", "new"})
    for cell in cells:
        stages = f"{cell.made} of {cell.made + cell.reused}" if cell.state == "done" else ""
        model = name_of(cell.checkpoint)
        numbers = [short_interval(Interval.of(cell.measures.get(measure))) for measure in measures]
        state = console.styled(cell.state)
        listed.add_row(Text(cell.name), state, seconds(cell.seconds), stages, model, *numbers)
    console.stdout().print(listed)
    for cell in cells:
        if cell.state == "failed":
            last_lines = cell.error.strip().splitlines()[-TRACEBACK_LINES:]
            console.note(f"{cell.name}: " + "\n  ".join(last_lines))
            if cell.log:
                console.note(f"  {cell.log}")


def dry_run(plan: SweepPlan) -> None:
    """What a line would train: its cells, the nodes that they share, and the time that it takes."""
    from rich.text import Text

    out = console.stdout()
    if plan.cells:
        cells = console.table("cell", "values", "to run", "stored")
        for cell in plan.cells:
            cells.add_row(str(cell.number + 1), Text(cell.name), str(cell.to_run), str(cell.stored))
        out.print(cells)
    nodes = console.table("node", "of cells", "state", "work", "time")
    for node in plan.nodes:
        name = f"{node.node} x {node.copies}" if node.copies > 1 else node.node
        took = "unknown" if node.seconds is None else seconds(node.seconds)
        time = "" if node.state == "stored" else took
        nodes.add_row(name, _ranges(node.cells), console.styled(node.state), node.work, time)
    out.print(nodes)
    out.print(f"{plan.summary()}; nothing was trained", style="dim", highlight=False, soft_wrap=True)


def _ranges(numbers: Sequence[int]) -> str:
    """Cells as a person counts them, from 1: `1-3, 5`."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ", ".join(f"{first + 1}-{last + 1}" if first != last else f"{first + 1}" for first, last in ranges)

"""`r1 plan`: the nodes with their state, and under each why it is to be made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1cli.terminal import console
from r1cli.text import seconds

if TYPE_CHECKING:
    from r1cli.engine.plan import PlanRow

MOST_REASONS = 8  # under one node
NEVER_MADE = ["never made"]


def plan(rows: Sequence[PlanRow]) -> None:
    """One line for each node, and below it what there is to say about it."""
    from rich.text import Text

    out = console.stdout()
    width = max((len(row.node.name) for row in rows), default=0)
    kind_width = max((len(row.node.kind) for row in rows), default=0)
    for row in rows:
        line = Text(f"{row.node.name:<{width}}  {row.node.kind:<{kind_width}}  {row.node.fingerprint[:16]}  ")
        line.append_text(console.styled(row.state))
        reasons = row.reasons
        if row.seconds is not None:
            line.append(f"  {seconds(row.seconds)}", style="dim")
        elif reasons == NEVER_MADE:
            line.append(f", {NEVER_MADE[0]}", style="dim")
            reasons = []
        out.print(line, soft_wrap=True)
        shown = reasons[:MOST_REASONS]
        if len(reasons) > MOST_REASONS:
            shown = [*shown, f"and {len(reasons) - MOST_REASONS} more: --json has all"]
        for reason in shown:
            out.print(Text(f"{'':<{width}}  {reason}", style="dim"), soft_wrap=True)

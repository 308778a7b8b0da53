"""Values of a stage beside the paper's, as `r1 explain` prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from r1cli.config.provenance import StageValue
from r1cli.terminal import console
from r1cli.text import as_typed

STYLES = {"paper": "green", "scaled": "yellow", "ours": "cyan", "given": "bold magenta", "": "dim"}
SAME = "="


def provenance(values: Sequence[StageValue]) -> None:
    """One table, the stage's own keys first, then group by group."""
    from rich.text import Text

    out = console.stdout()
    table = console.table(padding=(0, 1, 0, 0), expand=True)
    table.add_column("key", no_wrap=True)
    table.add_column("here", no_wrap=True, overflow="ellipsis", max_width=12)
    table.add_column("paper", no_wrap=True, overflow="ellipsis", max_width=11)
    table.add_column("from", ratio=1)
    grouped = sorted(values, key=lambda v: ("." in v.key, _part(v)))
    for part, members in groupby(grouped, key=_part):
        if part:
            table.add_row(Text(part, style="bold"))
        for v in members:
            key = v.key.removeprefix(f"{part}.")
            here = as_typed(v.value).replace("\n", "\\n")
            paper = SAME if v.paper == here else v.paper
            source = Text.assemble((v.mark, STYLES[v.mark]), f" {v.note}")
            table.add_row(Text(f"  {key}" if part else key), Text(here), Text(paper), source)
    out.print(table)
    counts = Counter(v.mark or "unmarked" for v in values)
    summary = ", ".join(f"{number} {mark}" for mark, number in counts.most_common())
    out.print(f"{summary}; {SAME} the paper's own value", style="dim", highlight=False, soft_wrap=True)


def _part(value: StageValue) -> str:
    """The group that a key belongs to; empty for the stage's own."""
    group, dot, _ = value.key.partition(".")
    return group if dot else ""

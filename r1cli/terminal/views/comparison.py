"""The stage table, for a terminal of 80 columns and for papers: a rich table, CSV, Markdown, LaTeX."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from r1cli.results.measures import MEASURES
from r1cli.results.notation import NONE, bounds, long_interval, p_value, short_interval, signed
from r1cli.results.paper import benchmarks, name_of
from r1cli.results.statistics import ALPHA
from r1cli.results.table import MEANING
from r1cli.terminal import console
from r1cli.text import for_spreadsheet

if TYPE_CHECKING:
    from rich.table import Table

    from r1cli.results.paper import PublishedBenchmark
    from r1cli.results.table import TableRow

WIDE = 100
"""Columns of a terminal from which on long names and all numbers have room."""
HEADLINE = "accuracy"
"""The measure whose difference is shown with its interval and its p-value."""


def table(rows: Sequence[TableRow], *, baseline: str = "", missing: Mapping[str, str] | None = None) -> None:
    """Checkpoints side by side, as the paper's stage table, and below their differences to the row `baseline`.

    Args:
        rows: of the table.
        baseline: name of the row that differences are to; empty for none.
        missing: checkpoint -> why it was not evaluated, `not run: coldstart failed`.
    """
    from rich.text import Text

    out = console.stdout()
    # Where the terminal is narrow, the paper's column makes room for long names.
    narrow = out.width < WIDE and any(row.label for row in rows)
    if rows:
        console.draw(_means(rows, [] if narrow else _benchmarks(rows)[:1]))
    reasons = {name_of(checkpoint): reason for checkpoint, reason in (missing or {}).items()}
    width = max(map(len, [*reasons, *(row.name for row in rows)]), default=0)
    for name, reason in reasons.items():
        out.print(Text.assemble((f"{name:<{width}}", "bold"), f" {reason}"), soft_wrap=True)
    if rows:
        out.print(_footnote(rows, paper=not narrow), style="dim", highlight=False, markup=False)
    if baseline:
        out.print(f"\ndifference to {baseline}", style="bold", highlight=False, markup=False)
        console.draw(_differences(rows))
        out.print(_footnote_of_differences(rows), style="dim", highlight=False, markup=False)


def as_csv(rows: Sequence[TableRow], *, single: bool) -> None:
    """Every number in a column of its own; `high` and `low` bound the 95 % interval."""
    flat = [_flat(row, single=single) for row in rows]
    writer = csv.DictWriter(sys.stdout, list(dict.fromkeys(key for r in flat for key in r)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: for_spreadsheet(value) for key, value in row.items()} for row in flat)


def as_markdown(rows: Sequence[TableRow]) -> None:
    """A table in GitHub's Markdown."""
    head, *body = _text(rows)
    for line in (head, ["---", *["---:"] * (len(head) - 1)], *body):
        cells = " | ".join(_for_markdown(cell) for cell in line)
        console.text(f"| {cells} |")


def as_latex(rows: Sequence[TableRow]) -> None:
    r"""A tabular with booktabs' rules; wants \usepackage{booktabs}."""
    head, *body = [" & ".join(_for_latex(cell) for cell in line) + r" \\" for line in _text(rows)]
    columns = len(_text(rows)[0])
    begin = rf"\begin{{tabular}}{{l{'r' * (columns - 1)}}}"
    console.text("\n".join([begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]))


def _means(rows: Sequence[TableRow], papers: Sequence[PublishedBenchmark]) -> Table:
    from rich.text import Text

    seeds = _seeds_heading(rows)
    table = _empty_table([seeds, *(m.short for m in MEASURES.values())])
    if papers:
        table.add_column("paper", justify="right", style="dim", no_wrap=True)
    for row in rows:
        cells = [_seeds(row, seeds)] if seeds else []
        cells += [short_interval(row.measures[m]) for m in MEASURES]
        cells += [f"{row.paper[b.name]:.0f}{b.unit}" if b.name in row.paper else NONE for b in papers]
        table.add_row(Text(row.name, style="bold"), *cells)
    return table


def _differences(rows: Sequence[TableRow]) -> Table:
    from rich.text import Text

    seeds = _seeds_heading(rows)
    if seeds == "seeds":  # how many there are, the table above says
        seeds = ""
    others = [m for m in MEASURES if m != HEADLINE]
    table = _empty_table([seeds, HEADLINE, "95 %", "p", *(MEASURES[m].short for m in others)])
    for row in rows:
        if row.difference is None:
            continue
        first = row.difference[HEADLINE]
        cells = [_seeds(row, seeds)] if seeds else []
        cells += [signed(first), bounds(first), p_value(first)]
        cells += [signed(row.difference[m], star=True) for m in others]
        table.add_row(Text(row.name, style="bold"), *cells)
    return table


def _empty_table(headings: Iterable[str]) -> Table:
    """Columns for names and, to their right, for numbers; a heading that is empty has none."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in headings:
        if heading:
            table.add_column(heading, justify="right", no_wrap=True)
    return table


def _footnote(rows: Sequence[TableRow], *, paper: bool) -> str:
    sizes = sorted({f"{row.n_problems} held-out problems, {row.k} samples each" for row in rows})
    kinds = {row.over for row in rows}
    over = "seeds (Student's t)" if "seeds" in kinds else "problems"
    notes = [*sizes, f"mean ± half of the 95 % interval over {over}"]
    if len(kinds) > 1:
        notes.append(MEANING["problems"].removeprefix("95 % interval "))
    if paper and (known := _benchmarks(rows)):
        notes.append(f"paper: {known[0].name} of DeepSeek's own models, for the shape only")
    return "; ".join(notes)


def _footnote_of_differences(rows: Sequence[TableRow]) -> str:
    differences = [d for row in rows for d in (row.difference or {}).values() if d is not None]
    tested = {d.over for d in differences if d.p is not None}
    notes = []
    if "seeds" in tested:
        notes.append("t-test over seeds")
    if "problems" in tested:
        notes.append("paired permutation test over problems (about these weights, not other seeds)")
    return "; ".join([*notes, f"* p < {ALPHA}; p uncorrected for the number of tests"])


def _text(rows: Sequence[TableRow]) -> list[list[str]]:
    """The table as text, its heading first; every benchmark of the paper has a column."""
    seeds = _seeds_heading(rows)
    differs = any(row.difference for row in rows)
    known = _benchmarks(rows)
    head = ["", *([seeds] if seeds else []), *(m.short for m in MEASURES.values())]
    head += [f"{HEADLINE} difference", "95 %", "p"] if differs else []
    lines = [head + [f"paper: {b.name}, {b.unit}" for b in known]]
    for row in rows:
        line = [row.name, *([_seeds(row, seeds)] if seeds else [])]
        line += [long_interval(row.measures[m]) for m in MEASURES]
        if differs:
            difference = (row.difference or {}).get(HEADLINE)
            line += [signed(difference), bounds(difference), p_value(difference)]
        lines.append(line + [str(row.paper.get(b.name, NONE)) for b in known])
    return lines


def _flat(row: TableRow, *, single: bool) -> dict[str, Any]:
    flat: dict[str, Any] = {"checkpoint": row.checkpoint, "cell": row.label, "name": row.name}
    if single:
        flat |= {"seed": row.seeds[0], "fingerprint": row.fingerprints[0]}
    else:
        flat |= {"seeds": " ".join(map(str, row.seeds)), "fingerprints": " ".join(row.fingerprints)}
    flat |= {"over": row.over, "n_problems": row.n_problems, "k": row.k}
    for measure, interval in row.measures.items():
        # Without an interval the columns stay, empty.
        values = asdict(interval) if interval is not None else dict.fromkeys(("mean", "low", "high"))
        flat |= {f"{measure}_{key}": value for key, value in values.items()}
    for measure, difference in (row.difference or {}).items():
        if difference is not None:
            wanted = ("mean", "low", "high", "p", "over")
            flat |= {f"{measure}_difference_{key}": getattr(difference, key) for key in wanted}
    return flat | {f"paper: {name}": value for name, value in row.paper.items()}


def _benchmarks(rows: Sequence[TableRow]) -> list[PublishedBenchmark]:
    """The paper's benchmarks that some row has a value of."""
    return [b for b in benchmarks() if any(b.name in row.paper for row in rows)]


def _seeds_heading(rows: Sequence[TableRow]) -> str:
    """Heading of a column that says which seed, or how many; empty if there is but one."""
    if any(len(row.seeds) > 1 for row in rows):
        return "seeds"
    return "seed" if len({row.seeds for row in rows}) > 1 else ""


def _seeds(row: TableRow, heading: str) -> str:
    return str(len(row.seeds) if heading == "seeds" else row.seeds[0])


def _for_markdown(text: str) -> str:
    return re.sub(r"<(?=[A-Za-z/!])", "&lt;", text.replace("|", r"\|"))


def _for_latex(text: str) -> str:
    # The backslash first: the others bring backslashes along.
    escapes = {"\\": r"\textbackslash{}", **{c: rf"\{c}" for c in "&%$#_{}"}, "±": r"$\pm$"}
    escapes |= {"^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}  # to TeX, ^^5c is a backslash
    return "".join(escapes.get(character, character) for character in text)

"""Benchmarks in a terminal of 80 columns: a row for each benchmark, a column for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from r1cli.results.cost import caption, in_dollars
from r1cli.results.notation import NONE, name_of_score, short_interval
from r1cli.results.statistics import ALPHA
from r1cli.terminal import console

if TYPE_CHECKING:
    from rich.table import Table

    from r1cli.generators.prices import Prices
    from r1cli.results.benchmarks import Matrix, MatrixCell
    from r1cli.results.price_tags import Priced


def matrix(table: Matrix) -> None:
    """Scores with half of their 95 % intervals; with a baseline, below them the differences to it."""
    out = console.stdout()
    console.draw(_scores(table))
    notes = "mean ± half of the 95 % interval over problems, clustered; k samples of each problem"
    out.print(notes, style="dim", highlight=False, markup=False)
    if not table.baseline:
        return
    out.print(f"\ndifference to {table.baseline}", style="bold", highlight=False, markup=False)
    console.draw(_differences(table))
    notes = f"paired by problem, 95 % interval; * p < {ALPHA}, Holm-corrected for all cells of this table"
    out.print(notes, style="dim", highlight=False, markup=False)


def price_tags(tags: Sequence[Priced], prices: Prices) -> None:
    """What each benchmark cost, and what an answer by its measure costs."""
    drawn = _empty(["model", "dollars", "per task", "per solved task"])
    for tag in tags:
        solved = NONE if tag.tag.per_solved is None else tag.tag.per_solved.shown()
        drawn.add_row(tag.result.benchmark, tag.result.name, tag.total.shown(), tag.tag.per_task.shown(), solved)
    console.stdout().print()
    console.draw(drawn)
    console.stdout().print(caption(prices), style="dim", highlight=False, markup=False)


def questions(rows: Sequence[Mapping[str, Any]]) -> None:
    """How much each benchmark would ask, and in all; what is stored is not asked."""
    paid = any(row["dollars_at_most"] is not None for row in rows)
    drawn = _empty(["problems", "samples", "to ask", "tokens at most", *(["dollars at most"] if paid else [])])
    total, dollars = 0, 0.0
    tokens: int | None = 0
    for row in rows:
        asked = 0 if row["stored"] else row["completions"]
        most = 0 if row["stored"] else row["completion_tokens_at_most"]
        price = 0.0 if row["stored"] else row["dollars_at_most"]
        total += asked
        tokens = None if most is None or tokens is None else tokens + most
        dollars += price or 0.0
        state = "stored" if row["stored"] else f"{asked:,}"
        sums = [_count(most), *([in_dollars(price)] if paid else [])]
        drawn.add_row(row["benchmark"], f"{row['problems']:,}", str(row["samples"]), state, *sums)
    sums = [_count(tokens), *([in_dollars(dollars)] if paid else [])]
    drawn.add_row("", "", "", f"{total:,}", *sums, style="bold")
    console.draw(drawn)


def _count(number: int | None) -> str:
    return "no limit" if number is None else f"{number:,}"


def _scores(table: Matrix) -> Table:
    from rich.text import Text

    drawn = _empty(["measure", "n", "k", *table.models])
    for benchmark in table.benchmarks:
        cells = [table.cells.get((benchmark, model)) for model in table.models]
        first = next(cell for cell in cells if cell is not None).results[0]
        facts = [name_of_score(first.primary), str(first.report["n_problems"]), str(first.report["k"])]
        shown = [NONE if cell is None else short_interval(cell.score) for cell in cells]
        drawn.add_row(Text(benchmark, style="bold"), *facts, *shown)
    return drawn


def _differences(table: Matrix) -> Table:
    from rich.text import Text

    others = [model for model in table.models if model != table.baseline]
    drawn = _empty(others)
    for benchmark in table.benchmarks:
        cells = [table.cells.get((benchmark, model)) for model in others]
        drawn.add_row(Text(benchmark, style="bold"), *map(_difference, cells))
    return drawn


def _difference(cell: MatrixCell | None) -> str:
    """`+.12* [+.01 +.25]`, marked where it is significant."""
    if cell is None or cell.difference is None:
        return NONE
    d = cell.difference
    if d.low == d.high:  # every problem has the same score, which says nothing of how sure that is
        return "same"
    star = "*" if cell.p_holm is not None and cell.p_holm < ALPHA else ""
    return f"{_short(d.mean)}{star} [{_short(d.low)} {_short(d.high)}]"


def _short(number: float) -> str:
    text = f"{number:+.2f}"
    return text[0] + text[1:].removeprefix("0")


def _empty(headings: list[str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", overflow="fold")
    return table

"""How `r1 score` looks: the summary of a file, the whole story of one row, and a bar while it works.

Model output is shown with its control characters written out, so that it cannot move the cursor or colour the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from r1cli.results.notation import NONE
from r1cli.terminal import console

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from r1cli.scoring.records import Records
    from r1cli.scoring.score import Scored, Scoring
    from r1cli.scoring.summary import Summary, Tally, WorstRow

LONGEST_PART = 1200  # characters of a prompt, a thought or an answer that are explained
STYLES = {"crashed": "bold red", "timed_out": "red", "unparseable": "yellow", "not_applicable": "dim"}


def summary(scores: Summary, name: str, *, stderr: bool) -> None:
    """A line for each reward and for their sum; below, the rows to look at first."""
    out = console.stderr() if stderr else console.stdout()
    out.print(f"{name}: {scores.rows:,} rows", style="dim", markup=False, highlight=False, soft_wrap=True)
    table = _table("reward", "weight", "mean", "min", "max", "= 1", "rows")
    for term, tally in scores.terms.items():
        table.add_row(term, f"{scores.weights[term]:g}", *_numbers(tally), _shares(tally))
    *numbers, _ = _numbers(scores.reward)
    table.add_row("[bold]sum[/]", "", *numbers, "", _shares(scores.reward))
    out.print(table)
    if scores.worst:
        out.print("\n[bold]worst[/] [dim](--explain LINE tells more)[/]")
        for offender in scores.worst:
            out.print(*_worst(offender, out.width), sep="\n", soft_wrap=True)


def explanation(scored: Scored, scoring: Scoring) -> None:
    """One row: the prompt, the completion, the extracted answer, and how each reward came about."""
    from rich.padding import Padding
    from rich.text import Text

    out = console.stdout()
    row, completion = scored.row, scored.completion
    out.print(f"line {scored.line}  {console.escaped(row.id)}", style="bold", markup=False, highlight=False)
    for name, text in (("prompt", row.prompt), ("thought", completion.thought), ("answer", completion.answer)):
        length = "1 character" if len(text) == 1 else f"{len(text):,} characters"
        out.print(Text.assemble("\n", (name, "bold"), (f"  {length}", "dim")))
        if text.strip():
            shown = Text(console.escaped(shortened(text, LONGEST_PART), lines=True))
            out.print(Padding(shown, (0, 0, 0, 2), expand=False))
    out.print()
    out.print(_facts(scored))
    out.print()
    out.print(_terms(scored, scoring))


@contextmanager
def progress(records: Records) -> Iterator[Callable[[int], None]]:
    """A bar on stderr if that is a terminal, else nothing; yields a function that takes the rows done so far."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    terminal = console.stderr()
    columns = (TextColumn("{task.fields[rows]:,} rows"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("", total=records.size, rows=0)
        yield lambda rows: bar.update(task, completed=records.read, rows=rows)


def shortened(text: str, most: int) -> str:
    """The beginning and the end of a long text, and how much is missing between them."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters ...] {text[-half:]}"


def _table(*names: str) -> Table:
    numbers = {"weight", "mean", "min", "max", "= 1", "value", "weighted"}
    table = console.table(*names, right=numbers, padding=(0, 2, 0, 0))
    for column in table.columns:
        column.no_wrap = column.header in {*numbers, "reward"}
    return table


def _numbers(tally: Tally) -> tuple[str, str, str, str]:
    plain = tally.to_json()
    if not tally.count:
        return NONE, NONE, NONE, NONE
    return f"{plain['mean']:.3f}", f"{tally.low:.3g}", f"{tally.high:.3g}", _percent(plain["share_of_1"])


def _shares(tally: Tally) -> Text:
    """`97.2 % scored, 2.8 % unparseable`; what is rare is not rounded away."""
    from rich.text import Text

    rows = tally.statuses.total()
    pieces = [
        (f"{_percent(count / rows)} {_words(status)}", STYLES.get(status, ""))
        for status, count in tally.statuses.most_common()
    ]
    return Text(", ").join(Text(piece, style=style) for piece, style in pieces)


def _words(status: str) -> str:
    return status.replace("_", " ")


def _percent(share: float) -> str:
    if share in {0, 1}:
        return f"{100 * share:.0f} %"
    if share < 0.001:
        return "<0.1 %"
    return ">99.9 %" if share > 0.999 else f"{100 * share:.1f} %"


def _worst(row: WorstRow, width: int) -> tuple[Text, Text]:
    """Two lines about a row: its outcome, and the end of its completion."""
    from rich.text import Text

    reward = "no sum" if row.reward is None else f"sum {row.reward:.3g}"
    outcome = Text.assemble((f"line {row.line}", "bold"), f"  {reward}")
    if row.status != "scored":
        outcome.append(f"  {_words(row.status)}", STYLES.get(row.status, ""))
    for name, text in (("reference", row.answer), ("extracted", row.extracted)):
        if text is not None:
            outcome.append(f"  {name} ", "dim").append(console.escaped(text))
    outcome.truncate(width, overflow="ellipsis")
    whole = console.escaped(row.snippet)
    ending = _ending(whole, width - 5)
    cut = "" if ending == whole else "..."
    return outcome, Text(f"  {cut}{ending or 'an empty completion'}", style="dim")


def _ending(text: str, cells: int) -> str:
    """As much of the end as fits."""
    from rich.cells import cell_len

    start = max(0, len(text) - cells)
    while cell_len(text[start:]) > cells:
        start += 1
    return text[start:]


def _facts(scored: Scored) -> Table:
    from rich.table import Table
    from rich.text import Text

    row, well_formed = scored.row, scored.completion.well_formed
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    for name, value in {
        "extracted": scored.extracted,
        "reference": row.answer,
        "language": row.language,
        "kind": row.kind,
        "form": "one thought, one answer, nothing else" if well_formed else "breaks the grammar of the template",
    }.items():
        told = None if value is None else console.escaped(shortened(value, LONGEST_PART), lines=True)
        fact = Text("none", "dim") if told is None else Text(told)
        grid.add_row(name, fact)
    return grid


def _terms(scored: Scored, scoring: Scoring) -> Table:
    from rich.text import Text

    table = _table("reward", "value", "weight", "weighted", "status", "note")
    for name, outcome in scored.outcomes.items():
        weight = scoring.reward.weights[name]
        value = NONE if outcome.value is None else f"{outcome.value:.3g}"
        weighted = NONE if outcome.value is None else f"{weight * outcome.value:.3g}"
        status = Text(_words(outcome.status), style=STYLES.get(outcome.status, ""))
        note = "asks a reward model" if name in scoring.models else shortened(outcome.note, LONGEST_PART).strip()
        table.add_row(name, value, f"{weight:g}", weighted, status, Text(console.escaped(note, lines=True)))
    table.add_row("[bold]sum[/]", "", "", NONE if scored.reward is None else f"{scored.reward:.3g}", "", "")
    return table

"""The terminal: results on stdout, everything else on stderr.

Colours appear on a terminal only (and NO_COLOR is respected); into a pipe goes plain text. What a terminal would obey
is written out wherever a server, a model or a data file may have a part in what is said. What is drawn while a run
works is in `progress`, tables of one command are in `views/`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from r1cli.errors import R1Error, StageFailed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

State = Literal["stored", "resumable", "running", "to run", "done", "failed", "stopped", "not run"]
STYLES: Mapping[State, str] = {
    "stored": "green",
    "resumable": "yellow",
    "running": "cyan",
    "to run": "bold",
    "done": "green",
    "failed": "bold red",
    "stopped": "yellow",
    "not run": "dim",
}
"""Of results, of unfinished work, and of the cells of a sweep."""
NARROW = 50
"""Columns below which a table is written row by row."""
LOG_LINES = 15  # of a failed stage's log


def stdout() -> Console:
    """For results."""
    from rich.console import Console

    return Console(file=sys.stdout)


def stderr() -> Console:
    """For everything else."""
    from rich.console import Console

    return Console(file=sys.stderr)


def as_json(value: object) -> None:
    """Plain data on stdout, for programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def text(value: str) -> None:
    """A text on stdout, as it is."""
    print(value, end="" if value.endswith("\n") else "\n")


def note(value: str) -> None:
    """One line on stderr, for the person who watches."""
    stderr().print(escaped(value, lines=True), markup=False, highlight=False, soft_wrap=True)


def trace(value: str) -> None:
    """A bug's traceback, on stderr."""
    print(value, file=sys.stderr, end="")


def error(problem: R1Error) -> None:
    """One line that says what is wrong, one that says what to do, and the end of the log of a failed stage."""
    from rich.text import Text

    console = stderr()
    if isinstance(problem, StageFailed) and problem.log is not None and problem.log.is_file():
        console.print(f"last lines of {problem.log}:", markup=False, highlight=False, soft_wrap=True)
        for line in problem.log.read_text("utf-8", errors="replace").splitlines()[-LOG_LINES:]:
            console.print(f"  {escaped(line)}", style="dim", markup=False, highlight=False, soft_wrap=True)
    for word, style, line in (("error", "bold red", problem.message), ("hint", "yellow", problem.hint)):
        if line:
            console.print(Text.assemble((f"{word}:", style), f" {escaped(' '.join(line.split()))}"), soft_wrap=True)


def escaped(text: str, *, lines: bool = False) -> str:
    r"""The text with what a terminal would obey or hide written out: `\x1b`; line breaks stay if `lines`."""
    keep = ""
    if lines:
        keep, text = "\n", text.replace("\r\n", "\n").expandtabs(4)
    return "".join(c if c.isprintable() or c in keep else _written_out(c) for c in text)


def table(*columns: str, right: Collection[str] = (), **options: Any) -> Table:
    """An empty table without lines; `right` are the columns of numbers, `options` are rich's."""
    from rich.table import Table

    empty = Table(box=None, pad_edge=False, header_style="bold", **options)
    for name in columns:
        empty.add_column(name, overflow="fold", justify="right" if name in right else "left")
    return empty


def styled(state: State) -> Text:
    """A state in its colour."""
    from rich.text import Text

    return Text(state, style=STYLES[state])


def listing(rows: Sequence[Mapping[str, object]], *, empty: str = "nothing") -> None:
    """A table with the keys of the first row as columns; a column `state` is coloured."""
    from rich.text import Text

    if not rows:
        return note(empty)
    listed = table(*rows[0])
    for row in rows:
        listed.add_row(*(Text(_cell(value), style=_style(name, value)) for name, value in row.items()))
    return draw(listed)


def draw(drawn: Table) -> None:
    """A table on stdout; row by row on a terminal so narrow that it would be torn to pieces."""
    out = stdout()
    if out.width >= NARROW:
        return out.print(drawn)
    names = [str(column.header) for column in drawn.columns]
    rows = zip(*(column.cells for column in drawn.columns), strict=True)
    return text("\n".join(_block(zip(names, row, strict=True)) for row in rows))


def groups(options: Mapping[str, Mapping[str, str]]) -> None:
    """The end of a help text: groups as they are written on the line, and one line about each of their options."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    width = max((len(name) for names in options.values() for name in names), default=0)
    lines = []
    for group, names in options.items():
        lines.append(Text(f"{group}=", style="bold cyan"))
        for name, line in names.items():
            lines.append(Text.assemble((f"  {name:<{width}}  ", "green"), line, no_wrap=True, overflow="ellipsis"))
    stdout().print(Panel(Group(*lines), title="Groups (GROUP=OPTION)", title_align="left", border_style="dim"))


def _block(row: Iterable[tuple[str, object]]) -> str:
    """A row from top to bottom."""
    return "".join(f"{name}: {value}\n" if name else f"{value}\n" for name, value in row)


def _cell(value: object) -> str:
    return "" if value is None else escaped(str(value), lines=True)


def _written_out(character: str) -> str:
    if character.isspace() and character not in "\n\r\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "  # a wide or a non-breaking space
    return character.encode("unicode_escape").decode("ascii")


def _style(column: str, value: object) -> str:
    return next((style for state, style in STYLES.items() if column == "state" and state == value), "")

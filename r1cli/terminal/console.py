"""The only module that draws on the terminal: results on stdout, everything else on stderr.

Colours and live lines appear on a terminal only (and NO_COLOR is respected); into a pipe goes plain text.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from r1cli.errors import R1Error, StageFailed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from r1cli.engine.plan import PlanRow
    from r1cli.stage import NodeEvent

LOG_LINES = 15  # of a failed stage's log
MOST_REASONS = 8  # under one line of a plan
PLAIN_EVERY_S = 10.0
PLAIN_AT_LEAST_S = 1.0  # between two plain lines, however fast the stage is
STYLES = {"stored": "green", "resumable": "yellow", "running": "cyan", "to run": "bold", "failed": "red"}


def as_json(value: object) -> None:
    """Plain data on stdout, for programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def text(value: str) -> None:
    """A text on stdout, as it is."""
    print(value, end="" if value.endswith("\n") else "\n")


def note(value: str) -> None:
    """One line for the person who watches."""
    _console(stderr=True).print(value, markup=False, highlight=False, soft_wrap=True)


def error(problem: R1Error) -> None:
    """One line that says what is wrong, one that says what to do, and the end of the log of a failed stage."""
    from rich.text import Text

    console = _console(stderr=True)
    if isinstance(problem, StageFailed) and problem.log is not None and problem.log.is_file():
        console.print(f"last lines of {problem.log}:", markup=False, highlight=False, soft_wrap=True)
        for line in problem.log.read_text("utf-8", errors="replace").splitlines()[-LOG_LINES:]:
            console.print(f"  {line}", style="dim", markup=False, highlight=False, soft_wrap=True)
    for word, style, said in (("error", "bold red", problem.message), ("hint", "yellow", problem.hint)):
        if said:
            console.print(Text.assemble((f"{word}:", style), f" {' '.join(said.split())}"), soft_wrap=True)


def listing(rows: Sequence[Mapping[str, object]], *, empty: str = "nothing") -> None:
    """A table with the keys of the first row as columns."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return note(empty)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(v), style=STYLES.get(str(v), "")) for v in row.values()))
    return _console().print(table)


def plan(rows: Sequence[PlanRow]) -> None:
    """Nodes with their state, and under each what there is to say about it."""
    from rich.text import Text

    console = _console()
    wide, kind_wide = (max((len(name) for name in names), default=0) for names in _columns(rows))
    for row in rows:
        names = f"{row.node.name:<{wide}}  {row.node.kind:<{kind_wide}}  {row.node.fingerprint[:16]}  "
        took = f"  {seconds(row.seconds)}" if row.seconds is not None else ""
        brief, below = (row.reasons, []) if row.reasons == ["never made"] else ([], row.reasons)
        said = took or "".join(f", {line}" for line in brief)
        console.print(Text.assemble(names, (row.state, STYLES.get(row.state, "")), (said, "dim")), soft_wrap=True)
        more = [f"and {len(below) - MOST_REASONS} more: --json has all"] if len(below) > MOST_REASONS else []
        for line in below[:MOST_REASONS] + more:
            console.print(Text(f"{'':<{wide}}  {line}", style="dim"), soft_wrap=True)


def _columns(rows: Sequence[PlanRow]) -> tuple[list[str], list[str]]:
    return [r.node.name for r in rows], [r.node.kind for r in rows]


def groups(options: Mapping[str, Mapping[str, str]]) -> None:
    """The end of a help text: groups as they are written on the line, and one line about each of their options."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    wide = max((len(name) for names in options.values() for name in names), default=0)
    lines = []
    for group, names in options.items():
        lines.append(Text(f"{group}=", style="bold cyan"))
        for name, line in names.items():
            lines.append(Text.assemble((f"  {name:<{wide}}  ", "green"), line, no_wrap=True, overflow="ellipsis"))
    _console().print(Panel(Group(*lines), title="Groups (GROUP=OPTION)", title_align="left", border_style="dim"))


def trace(value: str) -> None:
    """A bug's traceback, on stderr."""
    print(value, file=sys.stderr, end="")


def comparison(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> None:
    """Checkpoints side by side, at the end of a run; all that `r1 compare` can do is in views/comparison.py."""
    from r1cli.terminal.views.comparison import table

    table([{**row, "name": labels.get(row["checkpoint"], row["checkpoint"])} for row in rows])


class Progress:
    """Listens to a run: a live line on a terminal, else a plain line now and then; one line for each node's event."""

    def __init__(self) -> None:
        self._console = _console(stderr=True)
        self._live: Live | None = None
        self._node = ""
        self._began = (0.0, 0)  # time and step of the first update of this node
        self._plain = (0.0, 0)  # time and tenth of the last plain line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def node(self, event: NodeEvent) -> None:
        """One line for what just happened to a node."""
        self.close()
        self.note(f"{event.node:<18} {event.kind:<18} {_happened(event)}")

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """`done` of `total` steps, and the one to three numbers that a person watches."""
        now = time.monotonic()
        if node != self._node:
            self.close()
            self._node, self._began, self._plain = node, (now, done), (now, _tenth(done, total))
        line = self._line(now, done, total, shown)
        if self._console.is_terminal:
            self._draw(line)
        elif self._due(now, done, total):
            self._plain = (now, _tenth(done, total))
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def note(self, line: str) -> None:
        """A line that stays, above the live one."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._node = ""

    def _line(self, now: float, done: int, total: int, shown: Mapping[str, float | None]) -> str:
        numbers = "".join(f"  {name} {number(value)}" for name, value in shown.items())
        since, first = self._began
        eta = (
            f"  ETA {_clock((now - since) / (done - first) * (total - done))}" if done > first and done < total else ""
        )
        return f"  {self._node}  {done}/{total}{numbers}{eta}"

    def _due(self, now: float, done: int, total: int) -> bool:
        since, tenth = self._plain
        passed = now - since
        return passed >= PLAIN_EVERY_S or (_tenth(done, total) > tenth and passed >= PLAIN_AT_LEAST_S)

    def _draw(self, line: str) -> None:
        from rich.live import Live
        from rich.text import Text

        shown = Text(line, style="cyan", no_wrap=True, overflow="ellipsis")
        if self._live is None:
            # Drawn when there is something new, by the thread that trains: no second thread beside torch's.
            self._live = Live(shown, console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(shown, refresh=True)


def seconds(value: float | None) -> str:
    """A duration as a person reads it; empty if unknown."""
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else _clock(value)


def size(value: int) -> str:
    """Bytes as a person reads them."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(file=sys.stderr if stderr else sys.stdout)


def _clock(value: float) -> str:
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _tenth(done: int, total: int) -> int:
    return 10 * done // total if total else 0


def _happened(event: NodeEvent) -> str:
    took = seconds(event.seconds)
    because = f" ({event.reason})" if event.reason else ""
    lines = {
        "reused": f"stored, took {took}",
        "waiting": f"waits for {event.holder}",
        "started": f"starts{because}",
        "resumed": f"resumes from its checkpoint{because}",
        "made": f"done in {took}",
        "failed": f"failed: {event.reason}",
        "not_run": f"not run: {event.reason}",
    }
    return lines[event.state]


def number(value: float | None) -> str:
    """Three digits are enough for a person; `-` for what is no number."""
    if value is None:  # NaN or infinity: no number to show
        return "-"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _cell(value: object) -> str:
    return "" if value is None else str(value)

"""What a run reports while it works, on the terminal: a line for each event, and a live line for each job below them.

Into a pipe goes plain text, now and then. Everything is drawn by the thread that trains or waits, when there is
something new: no second thread beside torch's.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from r1cli.terminal import console
from r1cli.text import clock, seconds

if TYPE_CHECKING:
    from rich.live import Live

    from r1cli.stage import NodeEvent

PLAIN_EVERY_S = 10.0
PLAIN_AT_LEAST_S = 1.0  # between two plain lines, however fast the stage is
PLAIN_OF_MANY_EVERY_S = 30.0  # where several jobs write: stages that take seconds are mentioned when they end


class LiveLines:
    """The bottom of the terminal: lines that are drawn anew, one for each job at work, below those that stay."""

    def __init__(self, *, plain: bool = False) -> None:
        self._console = console.stderr()
        self.on_terminal = self._console.is_terminal and not plain
        """False: live lines do not show."""
        self._live: Live | None = None
        self._lines: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._lines.clear()
        self._stop()

    def draw(self, job: str, line: str) -> None:
        """Draw the live line of a job."""
        self._lines[job] = line
        self._update()

    def erase(self, job: str) -> None:
        """Take the live line of a job away."""
        if self._lines.pop(job, None) is not None:
            self._update()

    def write(self, line: str) -> None:
        """Write a line that stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _update(self) -> None:
        from rich.live import Live
        from rich.text import Text

        if not self._lines:
            return self._stop()
        lines = Text("\n".join(self._lines.values()), style="cyan", no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = Live(lines, console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        return self._live.update(lines, refresh=True)

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class Progress:
    """Listens to one job (r1cli.stage.Listener) and writes to `lines`.

    Args:
        lines: of the terminal, which several jobs may share.
        cell: of a sweep; begins every line of this job.
        beside_others: other jobs write at the same time, so write less.
    """

    def __init__(self, lines: LiveLines, *, cell: str = "", beside_others: bool = False) -> None:
        self._lines, self._cell, self._beside_others = lines, cell, beside_others
        self._prefix = f"[{cell}] " if cell else ""
        self._node = ""
        self._began = (0.0, 0)  # time and step of the first report of this node
        self._written = (0.0, 0)  # time and tenth of the last plain line

    def node(self, event: NodeEvent) -> None:
        """One line for what just happened to a node."""
        self._lines.erase(self._cell)
        self._node = ""
        self.note(f"{event.node:<20} {event.kind:<17} {happened(event)}")

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """`done` of `total` steps, and the one to three numbers that a person watches."""
        now = time.monotonic()
        if node != self._node:
            self._node, self._began, self._written = node, (now, done), (now, _tenth(done, total))
        if self._lines.on_terminal:
            self._lines.draw(self._cell, self._line(now, done, total, shown))
        elif self._is_due(now, done, total):
            self._written = (now, _tenth(done, total))
            self._lines.write(self._line(now, done, total, shown))

    def note(self, line: str) -> None:
        """A line that stays."""
        self._lines.write(f"{self._prefix}{line}")

    def _line(self, now: float, done: int, total: int, shown: Mapping[str, float | None]) -> str:
        numbers = "".join(f"  {name} {number(value)}" for name, value in shown.items())
        since, first = self._began
        eta = ""
        if first < done < total:
            eta = f"  ETA {clock((now - since) / (done - first) * (total - done))}"
        return f"{self._prefix or '  '}{self._node}  {done}/{total}{numbers}{eta}"

    def _is_due(self, now: float, done: int, total: int) -> bool:
        since, tenth = self._written
        passed = now - since
        if self._beside_others:
            return passed >= PLAIN_OF_MANY_EVERY_S
        return passed >= PLAIN_EVERY_S or (_tenth(done, total) > tenth and passed >= PLAIN_AT_LEAST_S)


def happened(event: NodeEvent) -> str:
    """What an event says about its node, in a few words."""
    took = seconds(event.seconds)
    because = f" ({event.reason})" if event.reason else ""
    return {
        "reused": f"stored, took {took}",
        "waiting": f"waits for {event.holder}",
        "started": f"starts{because}",
        "resumed": f"resumes from its checkpoint{because}",
        "made": f"done in {took}",
        "failed": f"failed: {event.reason}",
        "not_run": f"not run: {event.reason}",
    }[event.state]


def number(value: float | None) -> str:
    """Three digits are enough for a person; `-` for what is no number (a loss that became NaN)."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _tenth(done: int, total: int) -> int:
    return 10 * done // total if total else 0

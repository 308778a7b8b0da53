"""`r1 watch`: for each running stage a bar, its numbers, the reward so far as a line of bars, the last completion."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from r1cli.store.live import EndedWork, RunningStage, Snapshot, printable
from r1cli.terminal import console
from r1cli.terminal.progress import number
from r1cli.text import seconds

EVERY_S = 1.0
BARS = "▁▂▃▄▅▆▇█"
SPARKS = 40
LINES_OF_A_STAGE = 6
QUIT = b"q"


def once(look: Snapshot, store: str, jobs: Sequence[str] = ()) -> None:
    """Print it once, with one line for each job of the cluster."""
    console.stdout().print(_drawn(look, store, jobs, height=10**6))


def live(look: Callable[[], Snapshot], store: str, jobs: Callable[[], Sequence[str]] = list) -> None:
    """Draw it anew every second, until q or Ctrl-C."""
    from rich.live import Live

    terminal = console.stdout()
    with (
        contextlib.suppress(KeyboardInterrupt),
        _keyboard() as wants_to_leave,
        Live(console=terminal, screen=True, auto_refresh=False) as drawn,
    ):
        while True:
            drawn.update(_drawn(look(), store, jobs(), height=terminal.height), refresh=True)
            if wants_to_leave(EVERY_S):
                return


def sparkline(values: Sequence[float], width: int = SPARKS) -> str:
    """The values as a row of bars, neighbours averaged where there are more of them than places."""
    if not values:
        return ""
    width = min(width, len(values))
    edges = [round(i * len(values) / width) for i in range(width + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    if low == high:
        return BARS[(len(BARS) - 1) // 2] * width
    return "".join(BARS[round((mean - low) / (high - low) * (len(BARS) - 1))] for mean in means)


@contextlib.contextmanager
def _keyboard() -> Iterator[Callable[[float], bool]]:
    """Yields a function that waits some seconds and returns whether q was pressed; without a keyboard it only waits."""
    if not sys.stdin.isatty():
        yield _only_wait
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield _wait_for_key
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _only_wait(wait_s: float) -> bool:
    time.sleep(wait_s)
    return False


def _wait_for_key(wait_s: float) -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], wait_s)
    # Past Python's own buffer, which select knows nothing of.
    return bool(ready) and QUIT in os.read(sys.stdin.fileno(), 64)


def _drawn(look: Snapshot, store: str, jobs: Sequence[str], *, height: int) -> Any:
    from rich.console import Group
    from rich.text import Text

    title = Text.assemble(("r1 watch", "bold"), (f"  {store}", "dim"), overflow="ellipsis", no_wrap=True)
    queue = [Text(line, style="yellow", overflow="ellipsis", no_wrap=True) for line in jobs]
    if not look.running:
        return Group(
            title,
            *queue,
            Text(),
            Text("nothing runs here", style="bold"),
            Text(_how_it_ended(look.last), style="dim"),
        )
    brief = len(look.running) * LINES_OF_A_STAGE + 2 > height
    return Group(title, *queue, *(part for r in look.running for part in _stage(r, brief=brief)))


def _stage(running: RunningStage, *, brief: bool) -> list[Any]:
    """One line if it has to be brief, else a few and an empty one before them."""
    from rich.text import Text

    lines = [_first_line(running)]
    if brief:
        return lines
    numbers = [f"{name} {number(value)}" for name, value in running.shown.items()]
    where = f"{running.device} x{running.processes}" if running.processes > 1 else running.device
    lines.append(Text("  " + "  ".join([*numbers, where, f"{seconds(running.seconds)} so far"])))
    if len(running.values) > 1:
        first, last = running.values[0], running.values[-1]
        drawn = Text.assemble(f"  {running.series} ", (sparkline(running.values), "green"))
        drawn.append(f"  {first:.3g} to {last:.3g} in {len(running.values)} steps", style="dim")
        lines.append(drawn)
    if (sample := running.sample) is not None:
        mark = {True: ("right", "green"), False: ("wrong", "red"), None: ("said", "")}[sample.right]
        lines.append(Text.assemble(f"  step {sample.step} ", (printable(sample.prompt, 200), "dim")))
        lines.append(Text.assemble("    ", mark, f" {printable(sample.completion, 400)}"))
    for line in lines[1:]:
        line.no_wrap, line.overflow = True, "ellipsis"
    return [Text(), *lines]


def _first_line(running: RunningStage) -> Any:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    line = Table.grid(padding=(0, 2, 0, 0))
    name = Text.assemble((running.node, "bold cyan"), (f" {running.fingerprint[:8]}", "dim"))
    if running.done is None or not running.total:
        line.add_row(name, Text("starts", style="dim"))
        return line
    bar = ProgressBar(total=running.total, completed=running.done, width=20)
    eta = f"ETA {seconds(running.eta_s)}" if running.eta_s is not None else ""
    line.add_row(name, bar, Text(f"{running.done}/{running.total}"), Text(eta))
    return line


def _how_it_ended(last: EndedWork | None) -> str:
    if last is None:
        return "and nothing ever did: try r1 run"
    how = {
        "stored": "stored",
        "resumable": "stopped; the same command resumes it",
        "stopped": "stopped before its first checkpoint",
    }
    ago = seconds(max(0.0, time.time() - last.ended))
    return f"last: {last.node} {last.fingerprint[:8]}, {ago} ago, {how[last.state]}"

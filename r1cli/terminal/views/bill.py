"""The bill as tables: a row for each node, the sum, and every guess with what it does to the sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from r1cli.terminal import console
from r1cli.text import size

if TYPE_CHECKING:
    from r1cli.bill.bill import Bill, BillLine, Influence, Span

HOURS_FROM = 2.0
"""Below this sum, minutes are shown."""
LEAST_INFLUENCE = 1.02
"""A guess that moves the sum by less than this factor is left out."""


def print_bill(bill: Bill) -> None:
    """All of it, on stdout."""
    if not bill.lines:
        return
    out = console.stdout()
    of, unit = ("GPU ", _unit(bill)) if bill.device.is_gpu else ("", _unit(bill))
    numbers = ("tokens", f"{of}{unit.name}", "$", "memory", "disk")
    table = console.table("node", *numbers, right=set(numbers))
    for line in (*bill.lines, bill.total):
        table.add_row(*_cells(line, unit))
    out.print()
    out.print(table)
    out.print(_about(bill, unit), style="dim", highlight=False, soft_wrap=True)
    _print_guesses(bill, unit)
    for unknown in bill.unknown:
        out.print(f"not known: {unknown}", style="dim", markup=False, highlight=False, soft_wrap=True)


def in_a_line(bill: Bill) -> str:
    """`10 (7.7-29) minutes on cpu, 0.017 (<0.01-0.06) $`."""
    unit = _unit(bill)
    of = "GPU " if bill.device.is_gpu else ""
    hours = f"{span(bill.total.device_hours, unit.in_an_hour)} {of}{unit.name}"
    too_large = f"; too large for it: {', '.join(bill.misfits)}" if bill.misfits else ""
    return f"{hours} on {_machine(bill)}, {span(bill.total.usd)} ${too_large}"


def _machine(bill: Bill) -> str:
    device = bill.device
    return f"{bill.devices} x {device.name}" if device.is_gpu or bill.devices > 1 else device.name


@dataclass(frozen=True)
class _Unit:
    name: str
    in_an_hour: float


def _unit(bill: Bill) -> _Unit:
    return _Unit("hours", 1.0) if bill.total.device_hours.likely >= HOURS_FROM else _Unit("minutes", 60.0)


def _cells(line: BillLine, unit: _Unit) -> tuple[str, ...]:
    name = f"{line.node} x {line.copies}" if line.copies > 1 and line.node != "total" else line.node
    tokens = line.drawn_tokens.likely + line.learned_tokens.likely
    memory = size(round(line.memory.total)) if line.memory.total else ""
    time = span(line.device_hours, unit.in_an_hour)
    return (name, count(tokens), time, number(line.usd.likely), memory, size(round(line.disk)))


def _about(bill: Bill, unit: _Unit) -> str:
    total, device = bill.total, bill.device
    peak = size(round(max((line.checkpoints for line in bill.lines), default=0.0)))
    floor = ""
    if device.is_gpu and total.floor_hours.likely:
        waiting = number(total.floor_hours.likely * unit.in_an_hour)
        floor = f"; {waiting} of them wait for the longest completions, whatever the number"
    time = f"{span(total.hours, unit.in_an_hour)} {unit.name} of wall time{floor}"
    return (
        f"{_machine(bill)}: {time}; {span(total.usd)} $ at "
        f"{number(device.usd_per_hour[1])} an hour; beside the results {peak} for checkpoints; likely (low-high)"
    )


def _print_guesses(bill: Bill, unit: _Unit) -> None:
    table = console.table("assumed", "low", "likely", "high", "total with low", "with high", right={"low", "likely"})
    shown = [i for i in bill.influences if _effect(i) >= LEAST_INFLUENCE or i.measured]
    for influence in sorted(shown, key=_effect, reverse=True):
        name = f"{influence.name} (measured)" if influence.measured else influence.name
        low, high = (hours * unit.in_an_hour for hours in influence.hours)
        table.add_row(name, *(_guess(value) for value in influence.guess), number(low), number(high))
    if shown:
        console.stdout().print()
        console.stdout().print(table)


def _guess(value: float) -> str:
    return f"{value:.2g}" if value < 100 else number(value)


def _effect(influence: Influence) -> float:
    low, high = sorted(influence.hours)
    return high / low if low else 1.0


def span(value: Span, times: float = 1.0) -> str:
    """`12 (5-31)`; one number where nothing is open."""
    if value.high <= value.low * LEAST_INFLUENCE:
        return number(value.likely * times)
    return f"{number(value.likely * times)} ({number(value.low * times)}-{number(value.high * times)})"


def number(value: float) -> str:
    """Two digits are all that an estimate has."""
    if value >= 9950:
        return count(value)
    if value >= 100:
        return f"{float(f'{value:.2g}'):.0f}"
    return f"{value:.2g}" if value >= 0.01 else "<0.01" if value else "0"


def count(value: float) -> str:
    """Tokens, in thousands, millions or billions."""
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= 0.995 * unit:
            return f"{float(f'{value / unit:.2g}'):g} {name}"
    return f"{value:.0f}"

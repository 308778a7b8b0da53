"""When what a program printed is what it should have printed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal

Comparison = Literal["text", "numbers"]
"""See `r1cli.tasks.code.task.Code.compare`."""


def same_output(printed: str, wanted: str, how: Comparison) -> bool:
    """Whether a program printed what it should."""
    if how == "text":
        return _lines(printed) == _lines(wanted)
    ours, theirs = ([line.strip() for line in text.strip().split("\n")] for text in (printed, wanted))
    return len(ours) == len(theirs) and all(a == b or _same_numbers(a, b) for a, b in zip(ours, theirs, strict=True))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _same_numbers(a: str, b: str) -> bool:
    """Token by token equal as decimal numbers: exact, so that 17 digits are compared to the last one."""
    try:
        return [Decimal(token) for token in a.split()] == [Decimal(token) for token in b.split()]
    except InvalidOperation:  # no number, or one that cannot be compared
        return False

"""Text for people: the one near-match behind every "did you mean" of this project; values, durations and sizes."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from shlex import quote

MOST_SUGGESTIONS = 3
CUTOFF = 0.6
"""Similarity (difflib's ratio, 0 to 1) below which a name is no suggestion."""
TIE = 0.04
"""Names whose similarity is this close to that of the best are suggested beside it."""


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """A question for a hint, `did you mean scale=laptop?`, or an empty string if no known name is close.

    Args:
        word: what was typed.
        known: the names that exist; dotted keys count as close if their last part is the typed one.
        prefix: written before each suggestion, such as `scale=`.
    """
    suggestions = closest(word, known)
    if not suggestions:
        return ""
    return f"did you mean {' or '.join(prefix + name for name in suggestions)}?"


def closest(word: str, known: Iterable[str]) -> list[str]:
    """The known names most like `word`, best first; several only if they are about equally close."""
    names = list(dict.fromkeys(known))
    matches = difflib.get_close_matches(word, names, n=MOST_SUGGESTIONS, cutoff=CUTOFF)
    if matches:
        best = _similarity(word, matches[0])
        return [name for name in matches if _similarity(word, name) > best - TIE]
    # `learning_rate` is not similar to `stages.coldstart.trainer.learning_rate` by its letters alone.
    last_part = word.rpartition(".")[2]
    return [name for name in names if name.rpartition(".")[2] == last_part][:MOST_SUGGESTIONS]


def _similarity(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b).ratio()


def seconds(value: float | None) -> str:
    """A duration as a person reads it, `4.2 s` or `1:02:30`; empty if unknown."""
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else clock(value)


def as_typed(value: object) -> str:
    """A value as it is written on the command line: `1e-4`, `true`, `[1, 2]`, text without quotes."""
    if isinstance(value, float) and 0 < abs(value) < 1e-3:
        return format(Decimal(repr(value)).normalize(), "e")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def first_line(error: BaseException) -> str:
    """What an exception says in its first line, or its name if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()


def for_spreadsheet(value: object) -> object:
    """A cell of CSV that no spreadsheet computes: names may come from somebody else's store."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def rm_command(*paths: Path) -> str:
    """The line that removes files, links or folders, quoted for a shell: a name may hold anything."""
    return " ".join(["rm -r", *(quote(str(path)) for path in paths)])


def clock(value: float) -> str:
    """Seconds as minutes and seconds, with hours where there are any: `2:05`, `1:02:30`."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(value: int) -> str:
    """Bytes as a person reads them."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"

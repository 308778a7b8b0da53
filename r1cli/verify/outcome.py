"""Outcome: what became of judging one completion, in five words that are counted everywhere.

| status | value | meaning |
|---|---|---|
| scored | a number | judged |
| not_applicable | None | the row has nothing to judge this by |
| unparseable | 0.0 | no answer was found, or it cannot be read; None where it is the reference that nobody can read |
| timed_out | 0.0 | judging it took more time or memory than it may: not shown to be right |
| crashed | None | our judge broke; the completion is not to blame, so it is left out, and counted |
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["scored", "not_applicable", "unparseable", "timed_out", "crashed"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The value of one completion under one reward or verifier, and how it came about."""

    value: float | None
    """Unweighted; of a verifier 1.0 is right and 0.0 wrong."""
    status: Status = "scored"
    extracted: str | None = None
    """What was taken for the answer, where an answer was looked for."""
    note: str = ""
    """Why, for a person; of a crash the traceback."""

    @property
    def right(self) -> bool | None:
        """A verifier's word: wholly right, or not; None if nothing could be said."""
        return None if self.value is None else self.value == 1.0


NOT_APPLICABLE = Outcome(None, "not_applicable")


def attempt(score: Callable[[], float | None]) -> Outcome:
    """Call a rule: its number, None for "does not apply", or the crash that it ended in. Never raises."""
    try:
        value = score()
    except Exception:  # noqa: BLE001  (a long training must outlive one odd completion; it is counted, never a zero)
        return Outcome(None, "crashed", note=traceback.format_exc())
    return NOT_APPLICABLE if value is None else Outcome(float(value))

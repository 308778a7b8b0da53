"""Attempts, where an answer that cannot be read may be drawn again: which completion stands for each attempt.

The completions of a problem are numbered. With `count` attempts, attempt i is completion i, and if that has no answer
that can be read, completion i + count, then i + 2 count, as often as is allowed. So a file that was drawn without
redraws, with more completions than attempts, can be read both ways.
"""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.results.samples import SampleRecord

UNREADABLE = "unparseable"


def attempts(records: Sequence[SampleRecord], count: int, redraws: int) -> list[SampleRecord]:
    """The completion that stands for each attempt, in order; attempts that were never made are left out.

    Args:
        records: judged, of one problem.
        count: attempts.
        redraws: of each, at most.
    """
    by_number = {record.sample: record for record in records}
    chosen = []
    for first in range(count):
        draws = [by_number[n] for n in range(first, first + count * (redraws + 1), count) if n in by_number]
        if draws:
            chosen.append(next((draw for draw in draws if draw.status != UNREADABLE), draws[-1]))
    return chosen


def to_draw_again(records: Sequence[SampleRecord], count: int, redraws: int) -> list[int]:
    """Numbers of the completions that are to be drawn next: one for each attempt that has no answer yet.

    Args:
        records: judged, of one problem, with at least the first completion of each attempt.
        count: attempts.
        redraws: of each, at most.
    """
    drawn = {record.sample for record in records}
    unread = [record.sample for record in attempts(records, count, redraws) if record.status == UNREADABLE]
    return [n + count for n in unread if n + count < count * (redraws + 1) and n + count not in drawn]

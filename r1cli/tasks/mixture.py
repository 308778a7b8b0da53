"""Several tasks as one, evenly interleaved, so that any prefix has the mixture's proportions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import PositiveFloat, PositiveInt, model_validator

from r1cli.data.decontamination import decontaminate
from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.tasks.base import Task, judge
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome

_log = logging.getLogger(__name__)


class Mixture(Task):
    """Rows keep the task that made them, which verifies them; ids get the part's name in front."""

    parts: dict[str, Task]
    shares: dict[str, PositiveFloat] | None
    """Part -> its share of the rows, in any unit; None: all rows of all parts. No row comes twice: the mixture ends
    where a part with a share runs out."""
    limit: PositiveInt | None
    """Rows in all; None: as many as there are."""
    without: Task | None
    """Held-out rows: whatever shares ten words in a row with one of them is left out (paper V2 D.1)."""
    skip_missing: bool = False
    """May parts whose data is not to be had be left out (`trimmed`)?"""

    @model_validator(mode="after")
    def _shares_name_parts(self) -> Mixture:
        if not self.parts:
            raise ValueError("a mixture needs at least one part")
        if self.shares is not None and (odd := sorted(set(self.shares) ^ set(self.parts))):
            raise ValueError(f"parts and shares must have the same names; check {', '.join(odd)}")
        return self

    def rows(self) -> list[Row]:
        heldout = self.without.rows() if self.without is not None else []
        rows: dict[str, list[Row]] = {}
        for name, part in self.parts.items():
            clean = _without_heldout(name, part.rows(), heldout)
            rows[name] = [replace(row, id=f"{name}/{row.id}") for row in clean]
        shares = self.shares or {name: float(len(part)) for name, part in rows.items()}
        fits = _longest_mixture({name: len(part) for name, part in rows.items()}, shares)
        return _interleave(rows, shares, min(fits, self.limit or fits))

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge(completions, rows)

    def score(self, completion: Completion, row: Row) -> float | None:
        return row.task.score(completion, row) if row.task is not None else None

    def missing(self, *, fetch: bool = False) -> str:
        return next((missing for part in self.parts.values() if (missing := part.missing(fetch=fetch))), "")

    def size(self) -> int | None:
        if self.limit is not None or self.shares is not None:
            return self.limit
        sizes = [part.size() for part in self.parts.values()]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def preflight(self) -> None:
        for part in self.parts.values():
            part.preflight()

    def record(self) -> dict[str, str]:
        records: dict[str, str] = {}
        for part in self.parts.values():
            records |= part.record()
        return records

    def files(self) -> list[Path]:
        tasks = list(self.parts.values())
        if self.without is not None:
            tasks.append(self.without)
        return list(dict.fromkeys(file for task in tasks for file in task.files()))

    def trimmed(self, *, fetch: bool) -> tuple[Task, dict[str, str]]:
        why = {name: part.missing(fetch=fetch) for name, part in self.parts.items()} if self.skip_missing else {}
        missing = {name: reason for name, reason in why.items() if reason}
        if not missing or len(missing) == len(self.parts):
            return self, {}
        present = {name: part for name, part in self.parts.items() if name not in missing}
        return self.model_copy(update={"parts": present}), missing


def _without_heldout(name: str, rows: list[Row], heldout: list[Row]) -> list[Row]:
    if not heldout:
        return rows
    clean, dropped = decontaminate(rows, heldout)
    if dropped:
        _log.info("%s: %d of %d rows share ten words in a row with held-out ones", name, dropped, len(rows))
    if not clean:
        raise DataError(f"{name}: every row is held out too", hint="train and held-out files must differ")
    return clean


def _longest_mixture(available: dict[str, int], shares: dict[str, float]) -> int:
    """Rows of the longest mixture in which no row comes twice: the part that runs out first ends it."""
    total = sum(shares.values())
    longest = min(available[name] * total / share for name, share in shares.items() if share)
    return int(longest + 1e-6)  # 3 / 0.1 must not lose a row to rounding


def _interleave(rows: dict[str, list[Row]], shares: dict[str, float], n: int) -> list[Row]:
    """The first n rows; each place goes to the part that is furthest behind its share."""
    total = sum(shares.values())
    taken = dict.fromkeys(rows, 0)
    mixed = []
    for place in range(1, n + 1):
        waiting = [name for name in rows if taken[name] < len(rows[name])]
        part = max(waiting, key=lambda name: place * shares[name] / total - taken[name])
        mixed.append(rows[part][taken[part]])
        taken[part] += 1
    return mixed

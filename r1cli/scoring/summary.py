"""What a scored file comes to: per reward its mean, its range and how often it was given at all; and the worst rows."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from r1cli.scoring.score import Scored, Scoring
from r1cli.verify.outcome import Outcome

SNIPPET = 200
"""Characters of a text that are kept of one of the worst rows."""
_FIRST = {"crashed": 0, "timed_out": 1}
"""Statuses that come before the lowest rewards."""


@dataclass
class Tally:
    """One reward's values, or the weighted sums."""

    count: int = 0
    """Rows with a value."""
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    ones: int = 0
    """Values of exactly 1: right, well-formed, wholly in the language."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Rows by what became of them."""

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.statuses[outcome.status] += 1
        if outcome.value is not None:
            self.count += 1
            self.total += outcome.value
            self.low, self.high = min(self.low, outcome.value), max(self.high, outcome.value)
            self.ones += outcome.value == 1.0

    def to_json(self) -> dict[str, Any]:
        """Plain data; null where there is no value."""
        if not self.count:
            return {"count": 0, "mean": None, "min": None, "max": None, "share_of_1": None}
        mean, ones = self.total / self.count, self.ones / self.count
        return {"count": self.count, "mean": mean, "min": self.low, "max": self.high, "share_of_1": ones}


@dataclass(frozen=True, slots=True)
class WorstRow:
    """One of the worst rows, in little room."""

    line: int
    id: str
    reward: float | None
    status: str
    """Of the verifier; of the first reward that crashed or ran out of time, if one did."""
    extracted: str | None
    answer: str | None
    """The reference."""
    snippet: str
    """The end of the completion, where the answer should be."""

    @property
    def place(self) -> tuple[int, float, int]:
        """Lowest first."""
        return _FIRST.get(self.status, 2), math.inf if self.reward is None else self.reward, self.line


class Summary:
    """Adds up batch after batch, in constant memory."""

    def __init__(self, scoring: Scoring, *, worst: int) -> None:
        self.weights = {name: scoring.reward.weights[name] for name in scoring.reward.terms}
        self.terms = {name: Tally() for name in self.weights}
        self.reward = Tally()
        self.rows = 0
        self._scoring = scoring
        self._columns: list[str] = []
        self._most = worst
        self._worst: list[WorstRow] = []

    def add(self, batch: Sequence[Scored]) -> None:
        """Count a batch."""
        self.rows += len(batch)
        self._columns = self._columns or list(batch[0].record.values)
        for scored in batch:
            self.reward.add(Outcome(scored.reward, "not_applicable" if scored.reward is None else "scored"))
            for name, outcome in scored.outcomes.items():
                self.terms[name].add(outcome)
        candidates = [row for row in map(_worst_row, batch) if row.reward is not None or row.status in _FIRST]
        self._worst = heapq.nsmallest(self._most, self._worst + candidates, key=lambda row: row.place)

    @property
    def worst(self) -> list[WorstRow]:
        """What broke, then the lowest rewards; rows with the best reward of all are not among them."""
        return [o for o in self._worst if o.status in _FIRST or o.reward is None or o.reward < self.reward.high]

    def remarks(self) -> list[str]:
        """What a person should know who wonders about missing numbers."""
        remarks = []
        if models := self._scoring.models:
            remarks.append(f"{', '.join(models)}: asks a reward model, which text alone cannot replace; left null")
        for name in self._scoring.rules:
            if self.terms[name].statuses["not_applicable"] == self.rows:
                needs = "columns.answer=<column>" if name == self._scoring.verifier else "language, tokens or another"
                remarks.append(
                    f"{name}: applies to no row; it may need {needs} (there are: {', '.join(self._columns)})"
                )
        return remarks

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return {
            "rows": self.rows,
            "reward": self.reward.to_json(),
            "rewards": {
                name: {"weight": self.weights[name], **tally.to_json(), "statuses": dict(tally.statuses)}
                for name, tally in self.terms.items()
            },
            "worst": [asdict(row) for row in self.worst],
        }


def _worst_row(scored: Scored) -> WorstRow:
    broken = sorted((s for s in scored.odd.values() if s in _FIRST), key=lambda s: _FIRST[s])
    return WorstRow(
        line=scored.line,
        id=scored.row.id[:SNIPPET],
        reward=scored.reward,
        status=broken[0] if broken else scored.status or "scored",
        extracted=_short(scored.extracted),
        answer=_short(scored.row.answer),
        snippet=scored.completion.text[-SNIPPET:].strip(),
    )


def _short(text: str | None) -> str | None:
    return text if text is None else text[:SNIPPET]

"""Score completions of any origin with the rules of training: the same parse, the same verifier, the same rewards.

A record (prompt, completion, and whatever the verifier needs) becomes a row of the chosen task, and each term of the
rewards judges it, in batches. Nothing here knows of files: `r1cli.scoring.records` reads and writes them,
`r1cli.scoring.summary` adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.data.rows import Row, RowKind
from r1cli.data.source import Record
from r1cli.errors import ConfigError, DataError
from r1cli.language.consistency import detect_language
from r1cli.rewards.accuracy import Accuracy
from r1cli.rewards.base import Reward, Rewards
from r1cli.rewards.preference import PreferenceReward
from r1cli.tasks.base import Task
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion, parse
from r1cli.text import did_you_mean
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome, Status

KINDS: tuple[RowKind, ...] = get_args(RowKind)
BATCH_BYTES = 4 * 2**20
"""Lines in one batch, so that long ones need no more memory than short ones."""


class ReadRecord(NamedTuple):
    """A record and where it stood."""

    line: int
    """From 1."""
    size: int
    """Bytes of the line."""
    record: Record


@dataclass(frozen=True, slots=True)
class Scored:
    """A record with all that the rewards say about it."""

    line: int
    """In its file, from 1."""
    record: Record
    row: Row
    completion: Completion
    outcomes: Mapping[str, Outcome]
    """By the reward's name."""
    reward: float | None
    """The weighted sum; None if no reward applied."""
    verdict: Outcome | None
    """The verifier's; None if no reward asks it."""

    @property
    def extracted(self) -> str | None:
        """What the verifier took for the answer."""
        if self.verdict is None:
            return None
        if self.verdict.extracted is None and self.verdict.status == "scored":
            return self.completion.answer  # a verifier that takes it as a whole need not say so
        return self.verdict.extracted

    @property
    def status(self) -> Status | None:
        """How the verifier's word came about."""
        return None if self.verdict is None else self.verdict.status

    @property
    def odd(self) -> dict[str, str]:
        """Statuses of the rewards that did not simply score."""
        return {name: o.status for name, o in self.outcomes.items() if o.status != "scored"}

    def to_json(self) -> dict[str, Any]:
        """The record as it was, and its scores."""
        scores: dict[str, Any] = {
            "rewards": {name: o.value for name, o in self.outcomes.items()},
            "reward": self.reward,
            "extracted": self.extracted,
            "status": self.status,
        }
        return {**self.record.values, **scores, **({"statuses": self.odd} if self.odd else {})}

    def explained(self, weights: Mapping[str, float]) -> dict[str, Any]:
        """All that is known about it, as plain data."""
        terms = {
            name: {"value": o.value, "weight": weights[name], "status": o.status, "note": o.note}
            for name, o in self.outcomes.items()
        }
        return {
            "line": self.line,
            "id": self.row.id,
            "kind": self.row.kind,
            "language": self.row.language,
            "prompt": self.row.prompt,
            "thought": self.completion.thought,
            "answer": self.completion.answer,
            "well_formed": self.completion.well_formed,
            "extracted": self.extracted,
            "reference": self.row.answer,
            "rewards": terms,
            "reward": self.reward,
        }


class Scoring(Component):
    """Who scores what: `conf/score.yaml`, composed."""

    task: Task
    """Its verifier decides what is right."""
    reward: Rewards
    columns: dict[str, str | None] = Field(default_factory=dict)
    """Name of a value -> column of the file, where they differ."""
    prefilled: bool
    """The prompts already opened the thought, so completions begin inside it."""
    batch_size: PositiveInt
    """Records that are judged together."""

    @property
    def rules(self) -> dict[str, Reward]:
        """The terms that look at text alone."""
        return {name: term for name, term in self.reward.terms.items() if isinstance(term, Reward)}

    @property
    def models(self) -> list[str]:
        """The terms that ask a reward model, which text alone cannot replace: they stay null."""
        return [name for name, term in self.reward.terms.items() if isinstance(term, PreferenceReward)]

    @property
    def verifier(self) -> str | None:
        """The term that asks the task whether the answer is right."""
        return next((name for name, term in self.reward.terms.items() if isinstance(term, Accuracy)), None)

    def check(self) -> None:
        """Is there anything to score with?

        Raises:
            ConfigError: every term asks a reward model.
        """
        if not self.rules:
            raise ConfigError(
                f"reward: {', '.join(self.models)} can be had from a reward model only, not from text",
                hint="choose one with rules, as reward=reasoning",
            )

    @property
    def mapped(self) -> dict[str, str]:
        """`columns` without those that are called as we call them."""
        return {name: column for name, column in self.columns.items() if column is not None}

    def scored(self, records: Iterable[ReadRecord]) -> Iterator[list[Scored]]:
        """Batch after batch, in order; at no time are more than a batch in memory.

        Raises:
            DataError: a record lacks a column or holds what cannot be used.
        """
        for batch in self.batches(records):
            completions = [self._completion(record) for _, _, record in batch]
            yield self._judged(batch, completions, self._rows([record for _, _, record in batch]))

    def batches(self, records: Iterable[ReadRecord]) -> Iterator[list[ReadRecord]]:
        """The records as they are judged together."""
        return _batches(records, self.batch_size)

    def _completion(self, record: Record) -> Completion:
        _require(record, "prompt")
        _require(record, "completion")
        if (text := record.optional_text("completion")) is None:
            raise DataError(f"{record.where}: the completion is null", hint="drop the row")
        return parse(text, finished=_finished(record), tokens=_tokens(record), prefilled=self.prefilled)

    def _rows(self, records: Sequence[Record]) -> list[Row]:
        """The task's rows; of a task without records (`world`), rows of plain columns that it verifies."""
        if isinstance(self.task, RecordTask):
            rows = self.task.rows_of(records)
        else:
            rows = [_plain_row(record, self.task) for record in records]
        return [replace(row, kind=_kind(record) or row.kind) for row, record in zip(rows, records, strict=True)]

    def _judged(
        self, batch: Sequence[ReadRecord], completions: Sequence[Completion], rows: Sequence[Row]
    ) -> list[Scored]:
        """Each rule sees the whole batch; reward models, which text cannot replace, apply to none of it."""
        by_term = {name: [NOT_APPLICABLE] * len(batch) for name in self.reward.terms}
        for name, rule in self.rules.items():
            by_term[name] = rule.outcomes(completions, rows)
        scored = []
        for i, read in enumerate(batch):
            outcomes = {name: of_batch[i] for name, of_batch in by_term.items()}
            verdict = outcomes[self.verifier] if self.verifier is not None else None
            reward = self._sum(outcomes)
            scored.append(Scored(read.line, read.record, rows[i], completions[i], outcomes, reward, verdict))
        return scored

    def _sum(self, outcomes: Mapping[str, Outcome]) -> float | None:
        """As in training: what is None is left out."""
        parts = [self.reward.weights[name] * o.value for name, o in outcomes.items() if o.value is not None]
        return sum(parts) if parts else None


def _batches(records: Iterable[ReadRecord], most: int) -> Iterator[list[ReadRecord]]:
    batch: list[ReadRecord] = []
    size = 0
    for read in records:
        batch.append(read)
        size += read.size
        if len(batch) >= most or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _require(record: Record, name: str) -> None:
    column = record.columns.get(name, name)
    if column in record.values:
        return
    known = sorted(record.values)
    hint = did_you_mean(column, known, prefix=f"columns.{name}=") or f"give columns.{name}=<column>"
    raise DataError(f"{record.where}: no column {column!r}", hint=f"{hint} there are: {', '.join(known) or 'none'}")


def _plain_row(record: Record, task: Task) -> Row:
    prompt = record.text("prompt")
    return Row(
        id=record.id,
        prompt=prompt,
        language=record.optional_text("language") or detect_language(prompt),
        answer=record.optional_text("answer"),
        task=task,
    )


def _finished(record: Record) -> bool:
    value = _given(record, "finished")
    if isinstance(value, bool):
        return value
    _refuse_if_mapped(record, "finished", value, wanted="true or false")
    return True


def _tokens(record: Record) -> int:
    """Length of the completion; 0 if unknown."""
    value = _given(record, "tokens")
    if isinstance(value, int | float) and value >= 0 and float(value).is_integer():
        return int(value)
    _refuse_if_mapped(record, "tokens", value, wanted="a number")
    return 0


def _kind(record: Record) -> RowKind | None:
    value = _given(record, "kind")
    for kind in KINDS:
        if value == kind:
            return kind
    _refuse_if_mapped(record, "kind", value, wanted=", ".join(KINDS))
    return None


def _given(record: Record, name: str) -> Any:
    return record.get(name) if record.has(name) else None


def _refuse_if_mapped(record: Record, name: str, value: Any, *, wanted: str) -> None:
    """A column that only has the name by chance and holds something else is passed over; a mapped one is not."""
    if value is not None and name in record.columns:
        raise DataError(f"{record.where}: {value!r:.80} is no value of {name!r}", hint=f"it can be {wanted}")

"""RecordTask: a task whose rows come from a file, or from a dataset of the hub.

It has a `Source`, which reads; the task says how one record becomes a row, and how answers are judged.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from r1cli.data.rows import Row
from r1cli.data.source import Record, Source
from r1cli.errors import ConfigError
from r1cli.tasks.base import Task

NUMBER = "#"
"""In `about`: the number of the row, from 0."""


class RecordTask(Task):
    """A task whose rows are made of records: implement `row` and `judge`.

    YAML writes the keys of the source beside those of the task (`path`, `columns`, `limit`, ...).
    """

    source: Source | None = None
    """Where the records come from; None: the task only verifies, and is handed records (`r1 score`)."""
    about: dict[str, str] = Field(default_factory=dict)
    """Name in `Row.meta` -> the value's name: what a reader wants to know of a row (its level, say), null where the row
    has no such value. `#` is the row's number, for files whose rows correspond."""

    @model_validator(mode="before")
    @classmethod
    def _gather_source(cls, value: Any) -> Any:
        """Move the keys that describe the source into `source`."""
        if not isinstance(value, Mapping):
            return value
        described = {key: value[key] for key in value if key in Source.model_fields}
        if not described:
            return value
        if value.get("source") is not None:
            raise ValueError(f"`source` and {', '.join(sorted(described))}: give the source once")
        own = {key: value[key] for key in value if key not in described}
        return {**own, "source": described}

    @classmethod
    def keys(cls) -> frozenset[str]:
        return frozenset(cls.model_fields) | frozenset(Source.model_fields)

    @abstractmethod
    def row(self, record: Record) -> Row:
        """The row that one record makes.

        Raises:
            DataError: a column is missing or holds what cannot be used.
        """

    def rows_of(self, records: Sequence[Record]) -> list[Row]:
        """The rows that records of any file make, in the same order."""
        return [self._row_with_meta(record, number) for number, record in enumerate(records)]

    def rows(self) -> list[Row]:
        return self.rows_of(self.origin.records())

    @property
    def origin(self) -> Source:
        """The source, which a task that is asked for its own rows must have.

        Raises:
            ConfigError: there is none.
        """
        if self.source is None:
            raise ConfigError(f"{type(self).__name__} has no source of rows", hint="give its `format` and `path`")
        return self.source

    def _row_with_meta(self, record: Record, number: int) -> Row:
        row = self.row(record)
        if not self.about:
            return row
        known: dict[str, Any] = {NUMBER: number}
        for value in self.about.values():
            known.setdefault(value, record.get(value) if record.has(value) else None)
        return replace(row, meta={**row.meta, **{name: known[value] for name, value in self.about.items()}})

    def missing(self, *, fetch: bool = False) -> str:
        return self.source.missing(fetch=fetch) if self.source is not None else ""

    def preflight(self) -> None:
        if self.source is not None:
            self.source.preflight()

    def size(self) -> int | None:
        """The limit, else the lines of the files as they are now; None where those are compressed, or on the hub."""
        if self.source is None or self.source.limit is not None:
            return None if self.source is None else self.source.limit
        files = [file for file in self.files() if file.is_file()]
        if not files or any(file.suffix != ".jsonl" for file in files):
            return None
        return sum(file.read_bytes().count(b"\n") for file in files)

    def files(self) -> list[Path]:
        return self.source.files() if self.source is not None else []

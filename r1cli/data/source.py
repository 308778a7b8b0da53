"""Source: records from JSONL (plain or .gz), Parquet or a dataset of the hub; tasks turn them into rows.

Every error says which file and which line of it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from r1cli.component import Component
from r1cli.data.jsonl import check_file, hint_of_columns, read_jsonl
from r1cli.data.readers import read_hub, read_parquet
from r1cli.errors import DataError


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, with its columns under the names that the task uses."""

    id: str
    """Unique in its source: `train:17`, or the mapped column `id`."""
    where: str
    """File and line, for messages."""
    values: Mapping[str, Any]
    """The record as it is in the file."""
    columns: Mapping[str, str]
    """Task's name -> column, where they differ."""

    def get(self, name: str) -> Any:
        """The value under the task's name; it must be there.

        Raises:
            DataError: there is no such column.
        """
        column = self.columns.get(name, name)
        if column not in self.values:
            raise DataError(f"{self.where}: no column {column!r}", hint=hint_of_columns(column, self.values))
        return self.values[column]

    def text(self, name: str) -> str:
        """The value as text; numbers become text, anything else is an error, and so is nothing.

        Raises:
            DataError: no such column, wrong type, or empty.
        """
        self.get(name)
        text = self.optional_text(name)
        if text is None or not text.strip():
            raise DataError(f"{self.where}: column {self.columns.get(name, name)!r} is empty", hint="drop the row")
        return text

    def has(self, name: str) -> bool:
        """Whether there is such a column, or ought to be since it is mapped."""
        return name in self.columns or name in self.values

    def optional_text(self, name: str) -> str | None:
        """The value as text; None where it is null, or where there is no such column.

        Raises:
            DataError: a mapped column is missing, or the type is wrong.
        """
        if not self.has(name):
            return None
        value = self.get(name)
        if value is None or isinstance(value, str):
            self._check_unicode(name, value or "")
            return value
        if (type(value) is float and math.isfinite(value)) or type(value) is int:
            return str(value)
        raise DataError(
            f"{self.where}: column {self.columns.get(name, name)!r} holds {_named(value)}, text expected",
            hint=f"map another column to {name!r} under `columns`",
        )

    def _check_unicode(self, name: str, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError as e:
            raise DataError(
                f"{self.where}: column {self.columns.get(name, name)!r} holds half of a surrogate pair (character "
                f"{e.start + 1})",
                hint="write the file again as UTF-8",
            ) from e


class Source(Component):
    """Where records come from: a file below `root`, or a dataset of the hub."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"root"})

    format: Literal["jsonl", "parquet", "hub"]
    """jsonl may be gzipped (.gz)."""
    path: str
    """File, relative to `root` (or absolute); the dataset's id for `hub`."""
    root: Path = Path()
    """Folder of the files."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Task's name of a value -> column of the file. A name that is not here, or null, is looked up as it is."""
    start: NonNegativeInt = 0
    """Records to skip at the beginning."""
    limit: PositiveInt | None = None
    """Records to read after that; None: all."""
    exclude: Exclude | None = None
    """Records to leave out because another source holds them; counted after `start` and `limit`."""
    subset: str | None = None
    """Configuration of a hub dataset (`main`)."""
    folder: str | None = None
    """Folder of a hub dataset that is not divided into configurations (`helpful-base`)."""
    split: str = "train"
    """Split of a hub dataset."""
    revision: str | None = None
    """Commit of a hub dataset."""
    longest_line_mib: PositiveInt | None = None
    """Of a JSONL file whose lines are longer than others ever are; None: 16."""
    fallback: Source | None = None
    """Read instead where the file does not exist. `start` and `limit` count in its records too; its `exclude` is its
    own, and so are its `columns`, if it has any."""

    @field_validator("columns", mode="before")
    @classmethod
    def _only_what_is_mapped(cls, value: Any) -> Any:
        """A column that is null in YAML is not mapped."""
        if not isinstance(value, Mapping):
            return value
        return {name: column for name, column in value.items() if column is not None}

    def records(self) -> list[Record]:
        """The records, in the order of the file.

        Raises:
            DataError: the file is missing or unreadable, a line is broken, or nothing is left.
        """
        if (substitute := self._substitute()) is not None:
            with self._looked_for():
                return substitute.records()
        stop = None if self.limit is None else self.start + self.limit
        records = [self._record(line, values) for line, values in islice(self._read(), self.start, stop)]
        if self.exclude is not None:
            records = self.exclude.apply(records)
        if not records:
            raise DataError(f"{self.name}: no records", hint=self._why_empty())
        _check_unique(records)
        return records

    def preflight(self) -> None:
        """Look whether there is anything to read; a hub dataset is fetched by that.

        Raises:
            DataError: there is no such file, and no dataset to be had in its place.
        """
        if (substitute := self._substitute()) is not None:
            with self._looked_for():
                substitute.preflight()
            return
        if self.format == "hub":
            self._hub()
        else:
            check_file(self.file)
        if self.exclude is not None:
            self.exclude.source.preflight()

    def missing(self, *, fetch: bool = False) -> str:
        """Which file is not here, and has no dataset of the hub in its place; empty if none.

        Args:
            fetch: get the dataset; otherwise no network is asked, and a dataset counts as had.
        """
        if self.format != "hub" and self.file.is_file():
            return ""
        if self.format != "hub" and self.fallback is None:
            return f"{self.file}: no such file"
        if fetch:
            try:
                self.preflight()
            except DataError as e:
                return e.message
        return ""

    def files(self) -> list[Path]:
        """The files behind the records; none for a hub dataset, whose identity is its id and revision."""
        if (substitute := self._substitute()) is not None:
            return substitute.files()
        files = [] if self.format == "hub" else [self.file]
        if self.exclude is not None:
            files += self.exclude.source.files()
        return files

    @property
    def file(self) -> Path:
        """`path` below `root`."""
        return self.root / self.path

    @property
    def name(self) -> str:
        """How messages call this source."""
        return f"{self.path} ({self.split})" if self.format == "hub" else str(self.file)

    def _substitute(self) -> Source | None:
        """The fallback with our window and, unless it has its own, our columns; None where our file is there."""
        if self.fallback is None or self.format == "hub" or self.file.exists():
            return None
        ours = {
            "columns": self.fallback.columns or self.columns,
            "start": self.start + self.fallback.start,
            "limit": self.fallback.limit if self.limit is None else self.limit,
        }
        return self.fallback.model_copy(update=ours)

    @contextmanager
    def _looked_for(self) -> Iterator[None]:
        """Errors of the fallback say which file would have made it unnecessary."""
        try:
            yield
        except DataError as e:
            raise DataError(f"{self.file}: no such file, and in its place: {e.message}", hint=e.hint) from e

    def _read(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """(line or row from 1, values) of every record."""
        if self.format == "hub":
            return enumerate(self._hub(), 1)
        check_file(self.file)
        if self.format == "parquet":
            return read_parquet(self.file)
        return read_jsonl(self.file, None if self.longest_line_mib is None else self.longest_line_mib << 20)

    def _hub(self) -> Iterable[Mapping[str, Any]]:
        return read_hub(self.path, subset=self.subset, folder=self.folder, split=self.split, revision=self.revision)

    def _record(self, line: int, values: Mapping[str, Any]) -> Record:
        where = f"{self.name}, {'line' if self.format == 'jsonl' else 'row'} {line}"
        return record_of(self.path, line, values, where=where, columns=self.columns)

    def _why_empty(self) -> str:
        if self.start or self.limit or self.exclude:
            return f"the file is empty, or start={self.start} and `exclude` leave nothing of it"
        return "the file is empty"


def record_of(file: str, line: int, values: Mapping[str, Any], *, where: str, columns: Mapping[str, str]) -> Record:
    """A record under the id that it brings (column `id`), else under the file's name and its line: `train:17`."""
    stem = file.rpartition("/")[2].partition(".")[0]
    record = Record(f"{stem}:{line}", where, values, columns)
    given = record.optional_text("id")
    return record if given is None else replace(record, id=given)


class Exclude(Component):
    """Leaves out records that another source holds too: those whose `column` equals `other` over there."""

    source: Source
    """The records that must not come again."""
    column: str
    """Column of the records that are filtered."""
    other: str
    """Column of `source` that is compared with it."""

    def apply(self, records: Iterable[Record]) -> list[Record]:
        """The records that `source` does not hold."""
        taken = {str(record.get(self.other)) for record in self.source.records()}
        return [record for record in records if str(record.get(self.column)) not in taken]


def _named(value: object) -> str:
    """What stands where text should: NaN and infinities by their names, else the type."""
    return f"the number {value}" if isinstance(value, float) else type(value).__name__


Source.model_rebuild()  # it names Exclude, which names it


def _check_unique(records: Sequence[Record]) -> None:
    first: dict[str, Record] = {}
    for record in records:
        if first.setdefault(record.id, record) is not record:
            raise DataError(f"{record.where}: id {record.id!r} again", hint=f"first seen in {first[record.id].where}")

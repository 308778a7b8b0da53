"""Rows: where they come from, and what is done to whole lists of them.

A `Source` reads JSONL (plain or .gz), Parquet or a hub dataset and says, for whatever is wrong, which file and which
line. Tasks turn its records into rows; stages hand rows to each other as JSONL (`write_rows`, `read_rows`).
"""

from __future__ import annotations

import difflib
import gzip
import json
import random
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from io import BufferedIOBase
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from r1cli.component import Component
from r1cli.errors import DataError
from r1cli.files import replacing
from r1cli.tasks.base import Row

CONTAMINATION_NGRAM = 10
"""Words in a row that two texts must share for one to give the other away (paper V2 D.1)."""


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
            raise DataError(f"{self.where}: no column {column!r}", hint=_did_you_mean(column, self.values))
        return self.values[column]

    def text(self, name: str) -> str:
        """The value as text; numbers become text, anything else is an error, and so is nothing.

        Raises:
            DataError: no such column, wrong type, or empty.
        """
        self.get(name)
        found = self.optional_text(name)
        if found is None or not found.strip():
            raise DataError(f"{self.where}: column {self.columns.get(name, name)!r} is empty", hint="drop the row")
        return found

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
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise DataError(
            f"{self.where}: column {self.columns.get(name, name)!r} holds {type(value).__name__}, text expected",
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
    split: str = "train"
    """Split of a hub dataset."""
    revision: str | None = None
    """Commit of a hub dataset."""

    @field_validator("columns", mode="before")
    @classmethod
    def _only_what_is_mapped(cls, value: Any) -> Any:
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, Mapping) else value

    def records(self) -> list[Record]:
        """The records, in the order of the file.

        Raises:
            DataError: the file is missing or unreadable, a line is broken, or nothing is left.
        """
        window = slice(self.start, None if self.limit is None else self.start + self.limit)
        found = [self._record(line, values) for line, values in islice(self._read(), window.start, window.stop)]
        kept = found if self.exclude is None else self.exclude.apply(found)
        if not kept:
            raise DataError(f"{self.name}: no records", hint=self._why_empty())
        _check_unique(kept)
        return kept

    def files(self) -> list[Path]:
        """The files behind the records; none for a hub dataset, whose identity is its id and revision."""
        own = [] if self.format == "hub" else [self.file]
        return own + (self.exclude.source.files() if self.exclude is not None else [])

    @property
    def file(self) -> Path:
        """`path` below `root`."""
        return self.root / self.path

    @property
    def name(self) -> str:
        """How messages call this source."""
        return f"{self.path} ({self.split})" if self.format == "hub" else str(self.file)

    def _read(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        if self.format == "hub":
            return enumerate(_read_hub(self.path, subset=self.subset, split=self.split, revision=self.revision), 1)
        _check_file(self.file)
        return read_jsonl(self.file) if self.format == "jsonl" else _read_parquet(self.file)

    def _record(self, line: int, values: Mapping[str, Any]) -> Record:
        where = f"{self.name}, {'line' if self.format == 'jsonl' else 'row'} {line}"
        stem = self.path.rpartition("/")[2].partition(".")[0]
        record = Record(f"{stem}:{line}", where, values, self.columns)
        given = record.optional_text("id")
        return record if given is None else Record(given, where, values, self.columns)

    def _why_empty(self) -> str:
        if self.start or self.limit or self.exclude:
            return f"the file is empty, or start={self.start} and `exclude` leave nothing of it"
        return "the file is empty"


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


Source.model_rebuild()  # it names Exclude, which names it


def read_rows(path: Path) -> list[Row]:
    """The rows of a dataset artifact.

    Raises:
        DataError: no such file, or a line is no row.
    """
    _check_file(path)
    names = {f.name for f in fields(Row)} - {"task"}
    rows = []
    for line, values in read_jsonl(path):
        if unknown := sorted(set(values) - names):
            hint = _did_you_mean(unknown[0], names)
            raise DataError(f"{path}, line {line}: {unknown[0]!r} is no field of a row", hint=hint)
        try:
            rows.append(Row(**values))
        except TypeError as e:
            raise DataError(f"{path}, line {line}: a row needs `id` and `prompt`", hint=str(e)) from e
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows, one JSON object a line; the file appears when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rows)


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers (from 1) and objects of a JSONL file, gzipped or not; blank lines are skipped.

    Raises:
        DataError: a line is not UTF-8, not JSON, or no object.
    """
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if (values := parse_line(line, where=f"{path}, line {number}")) is not None:
                yield number, values


def dedupe(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """The first of each group of rows that say the same, case and whitespace apart; and how many were dropped."""
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        seen.setdefault(tuple(_folded(text) for text in _texts(row)), row)
    return list(seen.values()), len(rows) - len(seen)


def decontaminate(rows: Sequence[Row], heldout: Iterable[Row], n: int = CONTAMINATION_NGRAM) -> tuple[list[Row], int]:
    """The rows that share no n words in a row with a held-out prompt or solution; and how many were dropped.

    Two Han characters count as one word. A held-out text shorter than n words must be met as a whole.
    """
    forbidden: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for row in heldout:
        for tokens in map(_tokens, (row.prompt, row.demonstration or "")):
            grams = set(_grams(tokens, n))
            forbidden |= grams
            whole |= set() if grams or not tokens else {tuple(tokens)}
    kept = [
        row
        for row in rows
        if all(
            tuple(tokens) not in whole and forbidden.isdisjoint(_grams(tokens, n))
            for tokens in map(_tokens, _texts(row))
        )
    ]
    return kept, len(rows) - len(kept)


def shuffle(rows: Sequence[Row], seed: int) -> list[Row]:
    """The rows in an order that depends on the seed alone."""
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    return shuffled


def _texts(row: Row) -> tuple[str, ...]:
    return tuple(text or "" for text in (row.prompt, row.demonstration, row.chosen, row.rejected))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+")


def _tokens(text: str) -> list[str]:
    """Words, and Han characters one by one."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _grams(tokens: list[str], n: int) -> Iterator[tuple[str, ...]]:
    han = sum("\u3400" <= token <= "\u9fff" for token in tokens)
    width = 2 * n if 2 * han > len(tokens) else n
    return (tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1))


def _check_file(path: Path) -> None:
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path}: a folder, not a file", hint="give a file inside it")
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, n=1)
    raise DataError(
        f"{path}: no such file",
        hint=f"did you mean {near[0]!r}?" if near else "set paths.data= to the folder that holds the data",
    )


@contextmanager
def opened(path: Path) -> Iterator[BufferedIOBase]:
    """A file's bytes, those of a gzipped one unpacked; what goes wrong while it is read is a DataError."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as e:
        raise DataError(f"{path}: damaged gzip file ({e})", hint="fetch the file again") from e
    except OSError as e:
        raise DataError(f"{path}: cannot be read ({e.strerror or e})", hint="check the file's permissions") from e


def parse_line(line: bytes, *, where: str) -> dict[str, Any] | None:
    """The object on a line of JSONL; None if the line is blank.

    Raises:
        DataError: it is not UTF-8, not JSON, or no object.
    """
    text = _decoded(line, where=where)
    return _object(text, where=where) if text.strip() else None


def _decoded(line: bytes, *, where: str) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise DataError(
            f"{where}: not UTF-8 (byte {e.start + 1} is 0x{line[e.start]:02x})",
            hint="convert the file, say with `iconv -t utf-8`",
        ) from e


def _object(text: str, *, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise DataError(f"{where}: not JSON ({e})", hint="one JSON object a line") from e
    if not isinstance(value, dict):
        raise DataError(f"{where}: {type(value).__name__}, object expected", hint="one JSON object a line")
    return value


def _read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
            yield from enumerate(rows, 1)
    except (ArrowInvalid, OSError) as e:
        raise DataError(f"{path}: not a Parquet file ({e})", hint="set `format: jsonl` for JSON lines") from e


def _read_hub(dataset: str, *, subset: str | None, split: str, revision: str | None) -> Iterable[Mapping[str, Any]]:
    import datasets

    try:
        loaded: Iterable[Mapping[str, Any]] = datasets.load_dataset(dataset, subset, split=split, revision=revision)
    except (OSError, ValueError) as e:  # offline and not cached, no such dataset, no such subset or split
        reason = str(e).strip().partition("\n")[0]
        raise DataError(
            f"hub dataset {dataset!r}, split {split!r}: cannot be loaded ({type(e).__name__}: {reason})",
            hint="check id, subset and split; without a network the dataset must be in the cache (HF_HOME) already",
        ) from e
    return loaded


def _check_unique(records: Sequence[Record]) -> None:
    first: dict[str, Record] = {}
    for record in records:
        if first.setdefault(record.id, record) is not record:
            raise DataError(f"{record.where}: id {record.id!r} again", hint=f"first seen in {first[record.id].where}")


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    columns = f"there are: {', '.join(names)}"
    return f"did you mean {near[0]!r}? {columns}" if near else columns

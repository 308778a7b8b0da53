"""The files around scoring: records read from JSONL or standard input, scored ones written whole or not at all."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from r1cli.data.jsonl import check_file, numbered_lines, opened, parse_line
from r1cli.data.source import record_of
from r1cli.errors import DataError, R1Error
from r1cli.files import replacing
from r1cli.scoring.score import ReadRecord, Scored

STANDARD = "-"
"""In place of a path: standard input or output."""

Write = Callable[[Sequence[Scored]], None]


class Records:
    """The records of a file or of standard input, one by one: memory does not grow with the file."""

    def __init__(self, file: str, columns: Mapping[str, str]) -> None:
        self.path = None if file == STANDARD else Path(file)
        self.name = "standard input" if self.path is None else str(self.path)
        self.columns = columns
        self.read = 0
        """Bytes of the file that were read so far; of a gzipped one packed bytes."""
        if self.path is not None:
            _check_input(self.path)

    @property
    def size(self) -> int | None:
        """Bytes of the whole file; None if that is unknown."""
        return self.path.stat().st_size if self.path is not None and self.path.is_file() else None

    def __iter__(self) -> Iterator[ReadRecord]:
        """All records.

        Raises:
            DataError: there is none, or a line is broken or far too long.
        """
        empty = True
        for number, line in self._lines():
            if (read := self._read(number, line)) is not None:
                empty = False
                yield read
        if empty:
            raise DataError(f"{self.name}: no records", hint="one JSON object a line")

    def only(self, wanted: int) -> Iterator[ReadRecord]:
        """The record on one line; lines before it need not be in order.

        Raises:
            DataError: there is no such line, or no record on it.
        """
        number = 0
        for number, line in self._lines():
            if number == wanted:
                if (read := self._read(number, line)) is None:
                    raise DataError(f"{self.name}, line {wanted}: blank", hint="name another line")
                yield read
                return
        raise DataError(f"{self.name}: there is no line {wanted}", hint=f"it has {number:,} lines")

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        with ExitStack() as stack:
            file = cast("BufferedIOBase", sys.stdin.buffer)
            if self.path is not None:
                file = stack.enter_context(opened(self.path))
            packed = getattr(file, "fileobj", file)  # what a gzip file reads from
            for number, line in numbered_lines(file, name=self.name):
                self.read = packed.tell() if self.path is not None else self.read + len(line)
                yield number, line

    def _read(self, number: int, line: bytes) -> ReadRecord | None:
        where = f"{self.name}, line {number}"
        values = parse_line(line, where=where)
        if values is None:
            return None
        file = "stdin" if self.path is None else self.path.name
        return ReadRecord(number, len(line), record_of(file, number, values, where=where, columns=self.columns))


@contextmanager
def scored_file(out: str | None, *, source: Path | None) -> Iterator[Write]:
    """Where scored records go; a file appears when the block ends well, gzipped if its name says so.

    Raises:
        R1Error: it is the file that is read, or cannot be written.
    """
    if out is None:
        yield lambda _: None
    elif out == STANDARD:
        yield _writer(sys.stdout.buffer, out)
    else:
        path = Path(out).resolve()
        _check_output(path, source)
        with ExitStack() as stack:
            with _writing(out):
                file = _opened_for(path, stack)
            yield _writer(file, out)
            with _writing(out):
                stack.pop_all().close()


def _opened_for(path: Path, stack: ExitStack) -> BinaryIO:
    # A pipe or a device cannot be replaced.
    part = path if path.exists() and not path.is_file() else stack.enter_context(replacing(path))
    file: BinaryIO = stack.enter_context(part.open("wb"))
    if path.suffix != ".gz":
        return file
    return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=file, mode="wb", mtime=0)))


def _writer(file: BinaryIO, out: str) -> Write:
    def write(batch: Sequence[Scored]) -> None:
        with _writing(out):
            file.writelines(map(_line, batch))

    return write


def _line(scored: Scored) -> bytes:
    plain: dict[str, Any] = scored.to_json()
    try:
        return f"{json.dumps(plain, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:  # half of a surrogate pair in some other column
        return f"{json.dumps(plain)}\n".encode()


@contextmanager
def _writing(out: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as e:
        raise R1Error(f"{out}: cannot be written ({e.strerror or e})", hint="give --out another path") from e


def _check_input(path: Path) -> None:
    if path.exists() and not path.is_dir():  # a pipe will do
        return
    if "=" in str(path):
        raise DataError(f"{path}: no such file", hint=f"the file comes first: r1 score FILE.jsonl {path}")
    check_file(path, otherwise="give a JSONL file, or - for a pipe")


def _check_output(path: Path, source: Path | None) -> None:
    if source is not None and path.exists() and path.samefile(source):
        raise R1Error(f"--out: {path} is the file that is scored", hint="give another path; it is not overwritten")
    if path.is_dir():
        raise R1Error(f"--out: {path} is a folder", hint="give a file inside it")
    if not path.parent.is_dir():
        raise R1Error(f"--out: there is no folder {path.parent}", hint="make it first")

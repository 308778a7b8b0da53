"""Lines of JSON, gzipped or not; whatever is wrong is said with the file and the line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from r1cli.errors import DataError
from r1cli.text import did_you_mean

LONGEST_LINE = 16 * 2**20
"""Bytes. A completion of 32,768 tokens has a hundred times fewer."""


def read_jsonl(path: Path, longest: int | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers (from 1) and objects of a JSONL file, gzipped or not; blank lines are skipped.

    Args:
        path: of the file.
        longest: bytes of a line; None for LONGEST_LINE.

    Raises:
        DataError: a line is not UTF-8, not JSON, no object, or far too long.
    """
    with opened(path) as file:
        for number, line in numbered_lines(file, name=str(path), longest=longest):
            if (values := parse_line(line, where=f"{path}, line {number}")) is not None:
                yield number, values


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


def numbered_lines(file: BufferedIOBase, *, name: str, longest: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers (from 1). One without an end is given up early, so memory does not grow with it.

    Raises:
        DataError: a line is longer than `longest`, or than LONGEST_LINE.
    """
    number, most = 0, longest or LONGEST_LINE
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            limit = f"{most >> 20} MiB"
            raise DataError(f"{name}, line {number}: longer than {limit}", hint="one JSON object a line")
        yield number, line


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
        value = json.loads(text, object_pairs_hook=_each_key_once)
    except _KeyTwiceError as e:
        raise DataError(f"{where}: {e}", hint="which of the two values is meant? leave one of them") from e
    except (ValueError, RecursionError) as e:
        raise DataError(f"{where}: not JSON ({e})", hint="one JSON object a line") from e
    if not isinstance(value, dict):
        raise DataError(f"{where}: {type(value).__name__}, object expected", hint="one JSON object a line")
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python would take the last of two values in silence, other readers the first; whoever wrote both has to say."""
    values = dict(pairs)
    if len(values) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _KeyTwiceError(f"key {twice[:100]!r} twice")
    return values


class _KeyTwiceError(ValueError):
    """An object says two things under one name."""


def check_file(path: Path, *, otherwise: str = "set paths.data= to the folder that holds the data") -> None:
    """Refuse a path that is no file.

    Raises:
        DataError: it is a folder or does not exist; the hint is the nearest name there, or `otherwise`.
    """
    try:
        if path.is_file():
            return
    except OSError as e:
        raise DataError(f"{str(path)[:200]}: {e.strerror}", hint="check the path") from e
    if path.is_dir():
        raise DataError(f"{path}: a folder, not a file", hint="give a file inside it")
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    folder = "" if path.parent == Path() else f"{path.parent}/"
    raise DataError(f"{path}: no such file", hint=did_you_mean(path.name, siblings, folder) or otherwise)


def hint_of_columns(name: str, known: Iterable[str]) -> str:
    """A hint: the nearest of the known column names, and all of them."""
    names = sorted(known)
    return f"{did_you_mean(name, names)} there are: {', '.join(names)}".lstrip()

"""Reading recorded replies: our own samples files, any rows, OpenAI batch output, logs of lighteval and inspect.

| format | file | one record is |
|---|---|---|
| samples | JSONL (.gz), as `r1 eval` leaves it | a line |
| rows | JSONL (.gz) or Parquet | a line; `columns` says what is where |
| openai_batch | JSONL, the output file of a batch | a line; `custom_id` is `<id>` or `<id>#<sample>` |
| lighteval | Parquet, `--save-details` | a row, with a list of completions |
| inspect | JSON or .eval | a sample of an epoch |

A column's name may lead inside: `doc.query`, `choices.0.text`. A completion that is a list is that many samples.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from r1cli.data.jsonl import check_file, hint_of_columns, read_jsonl
from r1cli.data.readers import read_parquet
from r1cli.errors import DataError
from r1cli.generators.generator import ServedBy, Usage
from r1cli.generators.serving.wire import UnreadableResponse, read_response, usage_of

Format = Literal["samples", "rows", "openai_batch", "lighteval", "inspect"]
COLUMNS: Mapping[Format, Mapping[str, str]] = {
    "samples": {"completion": "text"},
    "rows": {},
    "openai_batch": {},
    "lighteval": {"prompt": "doc.query", "completion": "model_response.text", "id": "doc.id"},
    "inspect": {},
}
"""A value's name -> the column that holds it, where a format calls it by another name."""
UNCOUNTED = Usage()
MOST_UNPACKED = 1 << 28
"""Bytes of one sample in a log of inspect."""
_UNFINISHED = frozenset({"length", "max_tokens", "model_length", "content_filter"})


@dataclass(frozen=True, slots=True)
class Recording:
    """One completion that was recorded."""

    where: str
    """File and line, for messages."""
    text: str
    id: str | None = None
    """Of the problem, where the file names one."""
    sample: int | None = None
    """Number among the completions of its problem; None: in the order of the file."""
    prompt: str | None = None
    thought: str | None = None
    """Where it stands by itself."""
    answer: str | None = None
    """The final answer, where the file has taken the text apart already."""
    finished: bool = True
    usage: Usage = UNCOUNTED
    seconds: float | None = None
    model: str | None = None
    served: ServedBy | None = None


def read_recordings(
    path: Path, kind: Format, columns: Mapping[str, str], where: Mapping[str, Any]
) -> Iterator[Recording]:
    """The completions of a file.

    Args:
        path: of the file.
        kind: its format.
        columns: a value's name -> column, where it is not the format's own.
        where: only records whose column has this value.

    Raises:
        DataError: the file is missing or damaged, or a record lacks a column.
    """
    check_file(path, otherwise="give generator.path= the file with the replies")
    names = {**COLUMNS[kind], **columns}
    for place, values in _records(path, kind):
        if any(_inside(values, column) != value for column, value in where.items()):
            continue
        if kind == "openai_batch":
            yield from _of_batch(values, place)
        elif kind == "inspect":
            yield from _of_inspect(values, place)
        else:
            yield from _of_row(_Columns(values, names, place), is_ours=kind == "samples")


def _records(path: Path, kind: Format) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if kind == "inspect":
        yield from _inspect_samples(path)
        return
    is_parquet = path.suffix == ".parquet"
    for number, values in read_parquet(path) if is_parquet else read_jsonl(path):
        yield f"{path}, {'row' if is_parquet else 'line'} {number}", values


@dataclass(frozen=True, slots=True)
class _Columns:
    """A record, and what its columns are called."""

    values: Mapping[str, Any]
    names: Mapping[str, str]
    where: str

    def get(self, name: str) -> Any:
        """The value under our name; None if there is none, unless the user said which column it is."""
        return _inside(self.values, self.names.get(name, name))

    def text(self, name: str) -> str | None:
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise DataError(f"{self.where}: {name} holds {type(value).__name__}, text expected")

    def completions(self) -> list[str]:
        """One or many.

        Raises:
            DataError: there is none.
        """
        value = self.get("completion")
        texts = value if isinstance(value, list | tuple) else [value]
        if not texts or not all(isinstance(text, str) for text in texts):
            column = self.names.get("completion", "completion")
            hint = f"say generator.columns.completion=; {hint_of_columns(column, self.values)}"
            raise DataError(f"{self.where}: no text in the column {column!r}", hint=hint)
        return list(texts)


def _of_row(row: _Columns, *, is_ours: bool) -> Iterator[Recording]:
    texts = row.completions()
    usage, served = row.get("usage"), row.get("served")
    finished = row.get("finished")
    for place, text in enumerate(texts):
        yield Recording(
            where=row.where,
            text=text,
            id=row.text("id"),
            sample=row.get("sample") if len(texts) == 1 else place,
            prompt=row.text("prompt"),
            thought=row.text("thought"),
            answer=row.text("answer") if is_ours else None,  # elsewhere this name is the reference's
            finished=finished if isinstance(finished, bool) else True,
            usage=_usage(usage, row.get("tokens")),
            seconds=row.get("seconds"),
            model=row.text("model"),
            served=ServedBy(**served) if isinstance(served, dict) else None,
        )


def _of_batch(values: Mapping[str, Any], place: str) -> Iterator[Recording]:
    response = values.get("response") or {}
    name, sample = _numbered(str(values.get("custom_id", "")))
    if response.get("status_code") != 200:
        return  # it failed: nothing was recorded
    body = response.get("body") or {}
    try:
        read = read_response("completions" if "text" in (body.get("choices") or [{}])[0] else "chat", _bytes(body))
    except UnreadableResponse as e:
        raise DataError(f"{place}: {e}", hint="is it the output file of a batch?") from e
    for number, said in enumerate(read.replies):
        yield Recording(
            where=place,
            text=said.text,
            id=name,
            sample=number if len(read.replies) > 1 else sample,
            thought=said.thought,
            finished=said.finish not in _UNFINISHED,
            usage=usage_of(read.usage) if number == 0 else Usage(),
            model=read.model,
            served=ServedBy(read.model, read.fingerprint),
        )


def _of_inspect(values: Mapping[str, Any], place: str) -> Iterator[Recording]:
    output = values.get("output") or {}
    usage = output.get("usage") or {}
    for choice in (output.get("choices") or [])[:1]:  # an epoch has one
        text, thought = _content((choice.get("message") or {}).get("content"))
        yield Recording(
            where=place,
            text=text,
            id=str(values["id"]) if "id" in values else None,
            sample=int(values.get("epoch", 1)) - 1,
            prompt=_asked(values.get("input")),
            thought=thought,
            finished=choice.get("stop_reason") not in _UNFINISHED,
            usage=Usage(
                usage.get("input_tokens"),
                usage.get("input_tokens_cache_read"),
                usage.get("output_tokens"),
                usage.get("reasoning_tokens"),
            ),
            seconds=output.get("time"),
            model=output.get("model"),
            served=ServedBy(output.get("model"), None, values.get("completed_at")),
        )


def _inspect_samples(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in sorted(archive.namelist()):
                    if name.startswith("samples/") and name.endswith(".json"):
                        yield f"{path}, {name}", _unpacked(archive, name)
            return
        samples = json.loads(path.read_bytes()).get("samples") or []
        yield from ((f"{path}, sample {number}", sample) for number, sample in enumerate(samples, 1))
    except (ValueError, AttributeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as e:
        hint = "`inspect log convert LOG --to json --output-dir .` writes it as JSON"
        raise DataError(f"{path}: no log of inspect that can be read ({e})", hint=hint) from e


def _unpacked(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > MOST_UNPACKED:  # zipfile unpacks no more than it is said to be
        raise ValueError(f"{name}: more than {MOST_UNPACKED >> 20} MiB")
    return json.loads(archive.read(name))


def _content(content: Any) -> tuple[str, str | None]:
    """Text and thought of a message in an inspect log."""
    if not isinstance(content, list):
        return str(content or ""), None
    parts = [part for part in content if isinstance(part, dict)]
    thoughts = [str(part.get("reasoning") or "") for part in parts if part.get("type") == "reasoning"]
    texts = [str(part.get("text") or "") for part in parts if part.get("type") == "text"]
    return "".join(texts), "\n".join(thoughts) or None


def _asked(asked: Any) -> str | None:
    """What the user said, in an inspect log: text, or a list of messages."""
    if isinstance(asked, list):
        said = [message for message in asked if isinstance(message, dict) and message.get("role") == "user"]
        return _content(said[-1].get("content"))[0] if said else None
    return asked if isinstance(asked, str) else None


def _usage(usage: Any, tokens: Any) -> Usage:
    if isinstance(usage, dict):
        known = {name: usage.get(name) for name in ("prompt", "cached", "completion", "reasoning")}
        return Usage(**known) if "completion" in usage else usage_of(usage)
    return Usage(completion=tokens) if isinstance(tokens, int) else Usage()


def _numbered(custom_id: str) -> tuple[str, int | None]:
    name, mark, number = custom_id.rpartition("#")
    return (name, int(number)) if mark and number.isdecimal() else (custom_id, None)


def _inside(values: Mapping[str, Any], column: str) -> Any:
    """The value of a column, or what lies inside one (`a.b.0`); None if there is nothing."""
    if column in values:
        return values[column]
    here: Any = values
    for step in column.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def _bytes(plain: Any) -> bytes:
    return json.dumps(plain).encode()

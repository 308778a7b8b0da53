"""Row: one thing to ask, with all that is known about its answers; and rows as JSONL, as stages exchange them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from r1cli.data.jsonl import check_file, hint_of_columns, read_jsonl
from r1cli.errors import DataError
from r1cli.files import replacing
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome

RowKind = Literal["reasoning", "helpful", "harmless"]


class Judge(Protocol):
    """What a row can ask of the task that made it (`r1cli.tasks.base.Task`)."""

    VOTES: ClassVar[bool]
    """Can a majority of several samples decide?"""

    def same(self, a: str, b: str, row: Row) -> bool:
        """Whether two final answers to a row mean the same."""

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Verify a batch of completions, each against its own row."""

    def score(self, completion: Completion, row: Row) -> float | None:
        """Grade a response to a general request, from 0 to 1."""

    def posed(self, row: Row, sample: int) -> Row:
        """Give the row as the completion of this number is asked and judged."""

    def measures(self, completion: Completion, row: Row) -> Mapping[str, float]:
        """Measure one completion in other ways than right and wrong."""

    def refine(self, completion: Completion, row: Row) -> Completion:
        """Rewrite a right completion into its most readable form."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to ask, with all that is known about its answers."""

    id: str
    """Unique within its task, stable between runs."""
    prompt: str
    """What the user says, without any template."""
    kind: RowKind = "reasoning"
    """reasoning: the task verifies it. helpful, harmless: general requests, each scored by its own reward model."""
    language: str | None = None
    """Language of the prompt ("en", "zh", ...); None if unknown."""
    answer: str | None = None
    """The reference answer, where there is one."""
    demonstration: str | None = None
    """A whole response to imitate (SFT)."""
    chosen: str | None = None
    """The preferred of two responses (reward models)."""
    rejected: str | None = None
    """The other one."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Whatever else the verifier needs or a reader wants to know; JSON only."""
    task: Judge | None = field(default=None, compare=False, repr=False)
    """Who verifies; set by the task that made the row. None: nobody, as for rows that were read from a dataset."""

    def verify(self, completion: Completion) -> bool | None:
        """Is the completion's answer right? None where the row has nothing to verify against."""
        return self.task.judge([completion], [self])[0].right if self.task is not None else None

    def to_json(self) -> dict[str, Any]:
        """The row as plain data, without its task and without empty fields."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "task"}
        return {name: value for name, value in plain.items() if value not in (None, {})}


def read_rows(path: Path) -> list[Row]:
    """The rows of a dataset artifact; they have no task.

    Raises:
        DataError: no such file, or a line is no row.
    """
    check_file(path)
    names = {f.name for f in fields(Row)} - {"task"}
    rows = []
    for line, values in read_jsonl(path):
        if unknown := sorted(set(values) - names):
            hint = hint_of_columns(unknown[0], names)
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
        for row in rows:
            file.write(json.dumps(row.to_json(), ensure_ascii=False) + "\n")

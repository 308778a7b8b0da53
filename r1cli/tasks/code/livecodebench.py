"""LiveCodeBench (arXiv:2403.07974): contest problems by date, programs that read and print or a class with a method.

The benchmark's own file format: `public` and `private` cases, and `metadata` with the method's name. Private cases are
packed (a pickle in zlib in base64); their pickle holds one text, which is taken out without running the pickle, so that
a file from elsewhere runs no code here. Programs begin with the imports that the benchmark gives them.
"""

from __future__ import annotations

import base64
import json
import pickletools
import re
import zlib
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.errors import DataError
from r1cli.tasks.code.formats import calls_of, parsed
from r1cli.tasks.code.task import Code

MOST_UNPACKED = 1 << 30
"""Bytes of a problem's private cases; some hold hundreds of MiB of numbers."""
_STAR_IMPORTS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json "
    "builtins typing"
).split()
PRELUDE = "".join(
    [f"from {module} import *\n" for module in _STAR_IMPORTS]
    + [f"import {module}\n" for module in _STAR_IMPORTS if module not in {"builtins", "typing"}]
    + ["sys.setrecursionlimit(50000)\n"]
)
"""What a program finds imported, in the benchmark's order: solutions on contest sites lean on it (`List[int]`)."""


class LiveCodeBench(Code):
    """Columns by name: `prompt`, `starter`, `public`, `private`, `metadata`, `date`; `id` where there is one.

    All tests pass, or the answer is wrong. The benchmark's limits are `case_s: 6` and `compare: numbers`.
    """

    starter_instruction: str
    """What is asked where a class is given to begin with: {prompt} and {starter} in it; else it is `instruction`."""
    first_date: date | None
    """Problems of an earlier contest are left out; None: none is. Models have read what is older than they are."""
    last_date: date | None
    """And those of a later one."""

    def rows(self) -> list[Row]:
        """Those in the window.

        Raises:
            DataError: none is.
        """
        self._executor().check()
        inside = [record for record in self.origin.records() if self._is_in_window(record)]
        if not inside:
            raise DataError(f"{self.origin.name}: no problem in the window", hint="set `first_date` and `last_date`")
        return self.rows_of(inside)

    def row(self, record: Record) -> Row:
        row = super().row(record)
        starter = (record.optional_text("starter") or "").strip()
        if not starter:
            return row
        parts = {"{prompt}": record.text("prompt").strip(), "{starter}": starter}
        asked = re.sub(r"\{(?:prompt|starter)\}", lambda match: parts[match[0]], self.starter_instruction)
        return replace(row, prompt=asked)

    def tests_of(self, record: Record, prompt: str) -> dict[str, Any]:
        cases = [*_cases(record, parsed(record, "public")), *_cases(record, _private(record))]
        metadata = parsed(record, "metadata") if record.has("metadata") else {}
        name = metadata.get("func_name") if isinstance(metadata, dict) else None
        inputs, outputs = [case["input"] for case in cases], [case["output"] for case in cases]
        if name is None:
            return {"prelude": PRELUDE, "inputs": inputs, "outputs": outputs}
        return {"prelude": PRELUDE, **calls_of(record, str(name), inputs, outputs)}

    def _is_in_window(self, record: Record) -> bool:
        if self.first_date is None and self.last_date is None:
            return True
        try:
            day = datetime.fromisoformat(record.text("date")).date()
        except ValueError as e:
            raise DataError(f"{record.where}: no date ({e})", hint="map another column to `date`") from e
        return (self.first_date or day) <= day <= (self.last_date or day)


def _private(record: Record) -> Any:
    """The private cases, unpacked if they are packed; none if there are none."""
    value = record.get("private") if record.has("private") else None
    if not isinstance(value, str):
        return value or []
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return _unpacked(record, value)


def _unpacked(record: Record, packed: str) -> Any:
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(packed, validate=True), MOST_UNPACKED)
        if not unpacker.eof:
            raise DataError(
                f"{record.where}: more than {MOST_UNPACKED >> 20} MiB of private cases", hint="drop the row"
            )
        return json.loads(_pickled_text(raw))
    except (ValueError, TypeError, EOFError, RecursionError, zlib.error) as e:
        raise DataError(
            f"{record.where}: the private cases cannot be unpacked ({e})", hint="fetch the file again"
        ) from e


_OF_A_TEXT = frozenset(
    "PROTO FRAME SHORT_BINUNICODE BINUNICODE BINUNICODE8 UNICODE MEMOIZE PUT BINPUT LONG_BINPUT STOP".split()
)


def _pickled_text(raw: bytes) -> str:
    """The one text that a pickle holds, taken out without running it: even one without classes can fill the memory.

    Raises:
        ValueError: it is no pickle, or does anything else.
    """
    texts = []
    for operation, argument, _ in pickletools.genops(raw):
        if operation.name not in _OF_A_TEXT:
            raise ValueError(f"its pickle holds more than a text: {operation.name}")
        if "UNICODE" in operation.name:
            texts.append(argument)
    if len(texts) != 1:
        raise ValueError(f"its pickle holds {len(texts)} texts")
    return str(texts[0])


def _cases(record: Record, cases: Any) -> list[dict[str, str]]:
    """Cases of an input and an output, both texts."""
    if not isinstance(cases, list):
        raise DataError(f"{record.where}: cases must be a list", hint="map another column to `public` or `private`")
    for case in cases:
        if not isinstance(case, dict) or not all(isinstance(case.get(side), str) for side in ("input", "output")):
            raise DataError(f"{record.where}: a case needs an input and an output", hint="two texts")
    return cases

"""Tests in data files: the forms in which HumanEval, MBPP, APPS and contests write them, as a row keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from r1cli.data.source import Record
from r1cli.errors import DataError
from r1cli.tasks.code.programs import defined_names, split_names, used_names


def tests_of(record: Record, prompt: str) -> dict[str, Any]:
    """The tests of a record as JSON; nothing if it has none.

    Raises:
        DataError: they cannot be read.
    """
    if record.has("check"):
        return _humaneval(record.text("check"), record.text("entry_point"), prompt)
    if record.has("tests"):
        return _asserts(record)
    if record.has("cases"):
        return cases_of(record, *_both(parsed(record, "cases")))
    if record.has("inputs"):
        return cases_of(record, parsed(record, "inputs"), parsed(record, "outputs"))
    return {}


def cases_of(record: Record, inputs: Any, outputs: Any) -> dict[str, Any]:
    """Cases of a program that reads and prints; of a function, if the record names one.

    Raises:
        DataError: they are no lists of texts, of different lengths, or no arguments and results.
    """
    cases = _cases(record, inputs, outputs)
    name = record.optional_text("func_name") if record.has("func_name") else None
    return cases if name is None else calls_of(record, name, cases["inputs"], cases["outputs"])


def calls_of(record: Record, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> dict[str, Any]:
    """A test for each case: the function, or the method of a class `Solution`, returns what it should.

    An input is the arguments, JSON line by line; an output is the result as JSON. A tuple that is returned counts as a
    list, as JSON has no tuples.

    Raises:
        DataError: the name is none, or a case is no JSON.
    """
    if not name.isidentifier():
        raise DataError(f"{record.where}: {name!r} is no function's name", hint="map another column to `func_name`")
    tests = []
    for number, (given, wanted) in enumerate(zip(inputs, outputs, strict=True), 1):
        arguments = f"[{','.join(line for line in given.splitlines() if line.strip())}]"
        for text in (arguments, wanted):
            if not _is_json(text):
                raise DataError(f"{record.where}: case {number} is no JSON: {text!r:.80}", hint="drop the row")
        tests.append(f"assert _called({arguments!r}) == json.loads({wanted!r})")
    return {"names": ["Solution", name], "modules": ["json"], "setup": _CALLS.format(name=name), "tests": tests}


_CALLS = """
try:
    _function = Solution().{name}
except NameError:
    _function = {name}

def _called(arguments):
    found = _function(*json.loads(arguments))
    return list(found) if isinstance(found, tuple) else found
"""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _cases(record: Record, inputs: Any, outputs: Any) -> dict[str, Any]:
    texts = [_texts(record, "cases", inputs), _texts(record, "cases", outputs)]
    if len(texts[0]) != len(texts[1]):
        raise DataError(f"{record.where}: {len(texts[0])} inputs, {len(texts[1])} outputs", hint="drop the row")
    return {"inputs": texts[0], "outputs": texts[1]}


def _both(cases: Any) -> tuple[Any, Any]:
    """Inputs and outputs of a pair of lists by name (APPS), or of a list of pairs by name (LiveCodeBench)."""
    if isinstance(cases, dict):
        return cases.get("inputs"), cases.get("outputs")
    if isinstance(cases, list) and all(isinstance(case, dict) for case in cases):
        return [case.get("input") for case in cases], [case.get("output") for case in cases]
    return None, None


def _humaneval(check: str, entry_point: str, prompt: str) -> dict[str, Any]:
    """One test; helpers that the prompt defines are the tests' own, whatever the program makes of them."""
    test = f"{check}\n\ncheck({entry_point})"
    _, modules = split_names(used_names([test]), defined_names(prompt))
    return {"prelude": prompt, "names": [entry_point], "modules": list(modules), "tests": [test]}


def _asserts(record: Record) -> dict[str, Any]:
    tests, setup = _texts(record, "tests", parsed(record, "tests")), record.optional_text("setup") or ""
    defined = defined_names(record.optional_text("reference") or "")
    names, modules = split_names(used_names([setup, *tests]), defined)
    return {"names": list(names), "modules": list(modules), "setup": setup, "tests": tests}


def parsed(record: Record, name: str) -> Any:
    """A column's value; JSON that was written into a text is read.

    Raises:
        DataError: no such column, or the text is no JSON.
    """
    value = record.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as e:
        raise DataError(f"{record.where}: {name} is not JSON ({e})", hint=f"map another column to `{name}`") from e


def _texts(record: Record, name: str, value: Any) -> list[str]:
    """A list of texts, or of lists of lines."""
    if not isinstance(value, list) or not all(isinstance(v, str | list) for v in value):
        raise DataError(f"{record.where}: {name} must be a list of texts", hint=f"map another column to `{name}`")
    return ["\n".join(map(str, v)) if isinstance(v, list) else v for v in value]

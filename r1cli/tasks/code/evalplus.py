"""HumanEval+ and MBPP+ in EvalPlus' file format (arXiv:2305.01210): inputs, and a reference that says what is right.

A program and the reference are called with the same arguments and must agree: exactly, or within `atol` where that is
given or the result is made of floats. `contract` says which inputs are valid; all in the file are, so it is not needed.
JSON has no tuples: where the file shows an example call (`assertion`, or in the prompt), arguments get its types.

The reference runs with the tests, which are trusted; the program runs apart from both (r1cli/verify/sandbox).
"""

from __future__ import annotations

import ast
from typing import Any, Literal

from r1cli.data.source import Record
from r1cli.errors import DataError
from r1cli.tasks.code.formats import parsed
from r1cli.tasks.code.programs import parsed_code
from r1cli.tasks.code.task import Code


class EvalPlus(Code):
    """Columns by name: `prompt`, `entry_point`, `reference`, `base_input`, `plus_input`; `atol`, `assertion`."""

    inputs: Literal["base", "plus"]
    """base: those of the original benchmark; plus: those and the ones that EvalPlus added."""

    def tests_of(self, record: Record, prompt: str) -> dict[str, Any]:
        name = record.text("entry_point")
        calls = _calls(record, "base_input") + (_calls(record, "plus_input") if self.inputs == "plus" else [])
        if not calls or not name.isidentifier():
            raise DataError(f"{record.where}: no inputs, or no name of a function", hint="map columns under `columns`")
        example = _example(f"{record.optional_text('assertion') or ''}\n{prompt}", name)
        setup = _SETUP.format(
            reference=prompt + record.text("reference"),
            name=name,
            atol=_atol(record),
            agree=_ROOT if name == "find_zero" else _SAME,
        )
        tests = [f"assert _agree(lambda: {_typed(arguments, example)!r})" for arguments in calls]
        return {"prelude": prompt, "names": [name], "modules": ["math"], "setup": setup, "tests": tests}


_SETUP = """
inf, nan = float("inf"), float("nan")
_reference = {{}}
exec({reference!r}, _reference)
_atol = {atol!r}

def _close(found, wanted):
    if isinstance(wanted, float) or (_atol and isinstance(wanted, int) and not isinstance(wanted, bool)):
        return isinstance(found, (int, float)) and (
            found == wanted or abs(found - wanted) <= (_atol or 1e-6) + 1e-7 * abs(wanted) or found != found != wanted
        )
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(found) == len(wanted) and all(map(_close, found, wanted))
    return found == wanted

def _floats(wanted):
    if isinstance(wanted, (list, tuple)):
        return all(isinstance(item, float) for item in wanted)
    return isinstance(wanted, float)

def _agree(fresh):
    found, wanted = {name}(*fresh()), _reference[{name!r}](*fresh())
    return {agree}
"""
_SAME = "found == wanted or ((_atol or _floats(wanted)) and _close(found, wanted))"
_ROOT = "abs(poly(*fresh(), found)) <= (_atol or 1e-4)"
"""`find_zero` may find any of several roots; the prompt defines `poly`."""


def _atol(record: Record) -> float:
    value = record.get("atol") if record.has("atol") else 0
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise DataError(f"{record.where}: atol is {value!r}", hint="a number from 0 on")
    return float(value)


def _calls(record: Record, column: str) -> list[tuple[Any, ...]]:
    """The arguments of each call."""
    calls = parsed(record, column)
    if not isinstance(calls, list) or not all(isinstance(arguments, list) for arguments in calls):
        raise DataError(f"{record.where}: {column} must be a list of lists of arguments", hint="map another column")
    return [tuple(arguments) for arguments in calls]


def _example(text: str, name: str) -> tuple[Any, ...] | None:
    """The arguments of the first call of a function that a text shows with literals alone."""
    lines = [line.strip() for line in text.splitlines() if name in line]
    for line in lines:
        for node in ast.walk(parsed_code(line.removeprefix(">>> "))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                try:
                    return tuple(ast.literal_eval(argument) for argument in node.args)
                except ValueError:
                    continue
    return None


def _typed(value: Any, example: Any) -> Any:
    """A value of JSON with the tuples and sets that an example has in its place."""
    if not isinstance(value, list | tuple) or not isinstance(example, list | tuple | set | frozenset):
        return value
    shown = list(example)
    like = shown if len(shown) == len(value) else shown[:1] * len(value) or [None] * len(value)
    return type(example)(_typed(item, other) for item, other in zip(value, like, strict=True))

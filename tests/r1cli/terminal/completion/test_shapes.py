"""The cache holds what its types say, and that survives being written as JSON."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from r1cli.terminal.completion import from_hydra, from_typer
from r1cli.terminal.completion.shapes import Command, Key, Keys, Line


def faults(value: Any, shape: Any, where: str = "") -> list[str]:
    """Where plain data is not of the shape that an annotation describes."""
    if isinstance(shape, types.UnionType):
        return [] if any(not faults(value, part) for part in get_args(shape)) else [f"{where}: {value!r}"]
    kind = dict if is_typeddict(shape) else get_origin(shape) or shape
    if type(value) is not kind:
        return [f"{where}: {value!r} is no {kind}"]
    if is_typeddict(shape) and value.keys() != get_type_hints(shape).keys():
        return [f"{where}: {sorted(value.keys() ^ get_type_hints(shape).keys())}"]
    return [fault for part, hint, place in parts(value, shape) for fault in faults(part, hint, f"{where}{place}")]


def parts(value: Any, shape: Any) -> Iterator[tuple[Any, Any, str]]:
    """(what is inside, of what shape it shall be, where)."""
    if is_typeddict(shape):
        yield from ((value[key], hint, f".{key}") for key, hint in get_type_hints(shape).items())
    elif get_origin(shape) is list:
        yield from ((part, get_args(shape)[0], f"[{i}]") for i, part in enumerate(value))
    elif get_origin(shape) is dict:
        yield from ((key, get_args(shape)[0], f".{key}") for key in value)
        yield from ((part, get_args(shape)[1], f".{key}") for key, part in value.items())


def test_what_is_known_of_the_command_line_has_its_shape() -> None:
    line = from_typer.line()
    assert faults(line, Line) == []
    assert json.loads(json.dumps(line)) == line


@pytest.mark.parametrize(("config", "chosen"), [("train", ["stage=reasoning_rl"]), ("run", []), ("score", [])])
def test_what_is_known_of_a_configuration_has_its_shape(config: str, chosen: list[str]) -> None:
    keys = from_hydra.keys(config, chosen)
    assert faults(keys, Keys) == []
    assert json.loads(json.dumps(keys)) == keys


def test_a_wrong_shape_would_be_noticed() -> None:
    key = {"now": 1, "values": ["a", 2], "help": "", "files": False}
    assert [fault.partition(":")[0] for fault in faults(key, Key)] == [".now", ".values[1]"]
    assert faults({"help": ""}, Command)

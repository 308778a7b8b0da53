"""Inside the sandbox: how the checker and the untrusted program talk to each other.

Plain data, and a few classes of the standard library, go by value and arrive as exactly that type; every other object
stays where it lives, and goes by number. Nothing that arrives is executed.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import select
from collections.abc import Callable
from typing import Any

NOTE_CHARACTERS = 500
PLAIN = (int, float, complex, str, bytes, list, tuple, set, frozenset, dict)
SEQUENCES: dict[str, Callable[..., Any]] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
LARGEST_INT = 1 << 63
LIBRARY: dict[tuple[str, str], tuple[str, ...]] = {
    ("builtins", "range"): ("start", "stop", "step"),
    ("fractions", "Fraction"): ("numerator", "denominator"),
    ("datetime", "date"): ("year", "month", "day"),
    ("datetime", "time"): ("hour", "minute", "second", "microsecond"),
    ("datetime", "datetime"): ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    ("datetime", "timedelta"): ("days", "seconds", "microseconds"),
}
"""Classes of the standard library that go by value, too, and the attributes that make them."""


class Wire:
    """Messages with a length before them, and values as JSON: plain data by value, all other objects by number."""

    def __init__(self, reading: int, writing: int, *, largest: int, alive: Callable[[], bool]) -> None:
        self.reading, self.writing, self.largest, self.alive = reading, writing, largest, alive
        self.ended = False
        """The other side has hung up, or died."""

    def send(self, message: Any) -> None:
        data = json.dumps(message).encode()
        write_all(self.writing, len(data).to_bytes(4, "big") + data)

    def receive(self) -> Any:
        size = int.from_bytes(self._read(4), "big")
        if size > self.largest:
            raise ValueError("the value is too large")
        return json.loads(self._read(size))

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            if not select.select([self.reading], [], [], 0.05)[0]:
                if self.alive() or select.select([self.reading], [], [], 0)[0]:
                    continue
                part = b""
            else:
                part = os.read(self.reading, min(size - len(data), 1 << 20))
            if not part:
                self.ended = True
                raise EOFError
            data += part
        return data


def write_all(fd: int, data: bytes) -> None:
    """Write to a pipe to the end."""
    while data:
        data = data[os.write(fd, data) :]


def encode(value: Any, number: Callable[[Any], int]) -> Any:
    """A value as JSON; subclasses of plain types as their base, other objects as what `number` calls them."""
    if value is None or isinstance(value, bool):
        return value
    kind = next((k for k in PLAIN if isinstance(value, k)), None)
    if kind is None:
        return _by_name(value) or ["object", number(value)]
    if kind is dict:
        return ["dict", *([encode(k, number), encode(v, number)] for k, v in dict.items(value))]
    if kind in {list, tuple, set, frozenset}:
        return [kind.__name__, *(encode(item, number) for item in kind.__iter__(value))]
    return _scalar(kind, value)


def _scalar(kind: type, value: Any) -> Any:
    if kind is int:  # JSON would write it in decimal, which Python refuses for thousands of digits
        return int(value) if -LARGEST_INT < value < LARGEST_INT else ["int", hex(value)]
    if kind is complex:
        return ["complex", value.real, value.imag]
    if kind is bytes:
        return ["bytes", value.hex()]
    return float(value) if kind is float else str.__str__(value)


def _by_name(value: Any) -> Any:
    """Builtin types, and what can be made anew from a few numbers; None for other objects."""
    if isinstance(value, type):
        name = value.__name__
        return ["type", name] if vars(builtins).get(name) is value else None
    made_by = (type(value).__module__, type(value).__qualname__)
    if made_by == ("decimal", "Decimal"):
        return ["Decimal", str(value)]
    attributes = LIBRARY.get(made_by)
    if attributes is None or getattr(value, "tzinfo", None) is not None:
        return None
    return ["made", *made_by, *(_scalar(int, getattr(value, attribute)) for attribute in attributes)]


def _made(module: str, name: str, *numbers: Any) -> Any:
    if (module, name) not in LIBRARY:
        raise ValueError("no such value")
    return getattr(importlib.import_module(module), name)(*(decode(number, _nothing) for number in numbers))


def _nothing(_: int) -> None:
    """No object is a number."""


def _builtin_type(name: str) -> type:
    found = getattr(builtins, name)
    if not isinstance(found, type):
        raise TypeError("no such value")
    return found


def _decimal(digits: str) -> Any:
    return importlib.import_module("decimal").Decimal(digits)


SCALARS: dict[str, Callable[..., Any]] = {
    "int": lambda digits: int(digits, 16),
    "complex": complex,
    "bytes": bytes.fromhex,
    "type": _builtin_type,
    "Decimal": _decimal,
    "made": _made,
}


def decode(data: Any, named: Callable[[int], Any]) -> Any:
    """What `encode` was given: exactly a plain type, whatever the other side sends."""
    if not isinstance(data, list):
        if isinstance(data, dict):
            raise ValueError("no such value")
        return data
    tag, *rest = data
    if tag in SEQUENCES:
        return SEQUENCES[tag](decode(item, named) for item in rest)
    if tag == "dict":
        return {decode(k, named): decode(v, named) for k, v in rest}
    if tag == "object":
        return named(int(rest[0]))
    return SCALARS[tag](*rest)

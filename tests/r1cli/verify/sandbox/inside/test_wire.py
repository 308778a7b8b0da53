"""Values on the wire: what arrives is exactly plain data, and never anything that the other side made up."""

from __future__ import annotations

import json
import os
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from r1cli.verify.sandbox.inside.wire import Wire, decode, encode
from tests.r1cli.verify.sandbox.inside.two_ends import two_wires


def no_object(value: Any) -> int:
    raise AssertionError(f"{value!r} went by number")


def travelled(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value, no_object))), lambda number: pytest.fail(f"object {number}"))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**63), 2**64, 10**6000, 1.5, float("inf"), 1j, "ß\ud800", b"\x00\xff", [], [1, [2]],
        (1, ("a",)), {1, 2}, frozenset({3}), {"a": {1: (2, 3)}, (1, 2): []}, int, ValueError, range(1, 9, 2),
        Decimal("1.10"), Fraction(10**30, 7), date(2025, 1, 20), datetime.fromisoformat("2025-09-17T01:02:03.000004"),
        timedelta(-1, 2, 3),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_plain_values_arrive_as_they_are(value: Any) -> None:
    arrived = travelled(value)
    assert arrived == value
    assert type(arrived) is type(value)


def test_a_subclass_of_a_plain_type_arrives_as_that_type() -> None:
    class Sly(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    point = namedtuple("point", "x y")(1, 2)  # noqa: PYI024
    for value, arrives in [(Sly(5), 5), (point, (1, 2)), (OrderedDict(a=1), {"a": 1})]:
        arrived = travelled(value)
        assert type(arrived) is type(arrives)
        assert arrived == arrives


def test_other_objects_go_by_number() -> None:
    thing = object()
    at_home = datetime.now(UTC)  # a time zone is an object of any kind
    numbers = {id(thing): 4, id(at_home): 7}
    sent = encode([thing, at_home], lambda value: numbers[id(value)])
    assert sent == ["list", ["object", 4], ["object", 7]]
    assert decode(sent, {4: thing, 7: at_home}.__getitem__) == [thing, at_home]


@pytest.mark.parametrize(
    "forged",
    [
        {"a": 1},
        ["made", "os", "system", "true"],
        ["made", "builtins", "eval", 1],
        ["type", "eval"],
        ["type", "no_such_type"],
        ["exec", "1"],
        ["int", "no number"],
        ["Decimal", "no number"],
        [],
    ],
    ids=str,
)
def test_what_encode_never_writes_is_refused(forged: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError, ArithmeticError)):
        decode(forged, lambda number: pytest.fail(f"object {number}"))


def test_messages_arrive_whole_and_in_order() -> None:
    with two_wires() as (ours, theirs):
        for message in (["a", 1], {"b": None}, "x" * 30_000):
            ours.send(message)
        assert [theirs.receive() for _ in range(3)] == [["a", 1], {"b": None}, "x" * 30_000]


def test_a_message_that_is_too_large_is_not_read() -> None:
    with two_wires(largest=100) as (ours, theirs):
        ours.send("x" * 200)
        with pytest.raises(ValueError, match="too large"):
            theirs.receive()


def test_the_other_side_hanging_up_is_noticed_and_kept_in_mind() -> None:
    with two_wires() as (ours, theirs):
        os.close(ours.writing)
        with pytest.raises(EOFError):
            theirs.receive()
        assert theirs.ended


def test_the_other_side_dying_is_noticed_although_its_pipe_is_held_open() -> None:
    reading, writing = os.pipe()
    try:
        wire = Wire(reading, writing, largest=100, alive=lambda: False)
        wire.send("last words")
        assert wire.receive() == "last words"
        with pytest.raises(EOFError):
            wire.receive()
        assert wire.ended
    finally:
        os.close(reading)
        os.close(writing)

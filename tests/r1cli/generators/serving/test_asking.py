"""How requests run side by side and how they end; what each kind of response leads to is in test_served.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import R1Error
from r1cli.generators.generator import Question, Usage
from r1cli.generators.serving.asking import Ask, Asking, Patience
from r1cli.generators.serving.attempts import AttemptLog, read_attempts
from r1cli.generators.serving.budget import Budget
from r1cli.generators.serving.pacing import Pace
from r1cli.generators.serving.transport import Transport
from tests.r1cli.generators.serving import misbehaving as does


def body(ask: Ask) -> Mapping[str, Any]:
    return {"model": "m", "prompt": ask.prompt}


@contextmanager
def asking(server: does.Server, folder: Path, **changes: Any) -> Iterator[Asking]:
    log = AttemptLog(folder / "log", model="m")
    transport = Transport(f"{server.url}/completions", key=None, timeout_s=60, connections=4, is_local=True)
    settings: dict[str, Any] = {
        "api": "completions",
        "body": body,
        "transport": transport,
        "log": log,
        "pace": Pace(requests_per_minute=None, tokens_per_minute=None),
        "budget": Budget(None, None),
        "patience": Patience(attempts=3, first_wait_s=0.001, most_wait_s=1),
        "connections": 4,
    }
    try:
        yield Asking(**settings | changes)
    finally:
        transport.close()
        log.close()


def asks(number: int) -> list[Ask]:
    return [Ask(f"p{n}", Usage(10, None, 10), [Question(f"q:{n}", 0, f"p{n}", n)]) for n in range(number)]


def test_as_many_requests_as_allowed_are_under_way_at_a_time(tmp_path: Path) -> None:
    at_once = threading.Barrier(4)

    def behave(handler: does.Handler, request: does.Body) -> None:
        at_once.wait(timeout=240)  # nobody is answered until four have asked
        does.well()(handler, request)

    with does.serving(otherwise=behave) as server, asking(server, tmp_path) as many:
        assert len(list(many.answers(asks(8)))) == 8


def test_nothing_to_ask_is_answered_at_once(tmp_path: Path) -> None:
    with does.serving() as server, asking(server, tmp_path) as nothing:
        assert list(nothing.answers([])) == []


def test_what_is_under_way_is_waited_for_when_something_stops_the_rest(tmp_path: Path) -> None:
    slow, failing = threading.Event(), does.fails(401, "bad key")

    def behave(handler: does.Handler, request: does.Body) -> None:
        if request["prompt"] == "p0":
            slow.wait(timeout=240)
            does.well()(handler, request)
        else:
            failing(handler, request)
            threading.Timer(0.1, slow.set).start()

    with does.serving(otherwise=behave) as server, asking(server, tmp_path, connections=2) as stopped:
        came = []
        with pytest.raises(R1Error, match="bad key"):
            came.extend(stopped.answers(asks(9)))
        assert [answered.questions[0].id for answered in came] == ["q:0"]
        assert len(server.requests) == 2


def test_whoever_goes_away_does_not_wait_for_the_slowest(tmp_path: Path) -> None:
    hold = threading.Event()

    def behave(handler: does.Handler, request: does.Body) -> None:
        if request["prompt"] != "p0":
            hold.wait(timeout=240)
        does.well()(handler, request)

    with does.serving(otherwise=behave) as server, asking(server, tmp_path) as left:
        stream = left.answers(asks(4))
        next(stream)
        begun = time.monotonic()
        stream.close()
        assert time.monotonic() - begun < 100
        hold.set()


def test_a_mistake_of_our_own_is_raised_where_replies_are_read(tmp_path: Path) -> None:
    def broken(_: Ask) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with does.serving() as server, asking(server, tmp_path, body=broken) as mistaken, pytest.raises(ZeroDivisionError):
        list(mistaken.answers(asks(3)))


def test_each_attempt_has_a_line_before_and_a_line_after(tmp_path: Path) -> None:
    with does.serving(does.fails(500), does.cut) as server, asking(server, tmp_path, connections=1) as lone:
        assert len(list(lone.answers(asks(2)))) == 2
    attempts = read_attempts(tmp_path / "log")
    assert [attempt.status for attempt in attempts] == [500, None, 200, 200]
    assert [attempt.id for attempt in attempts] == ["q:0", "q:0", "q:0", "q:1"]

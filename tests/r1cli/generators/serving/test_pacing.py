from __future__ import annotations

import random
import threading
from datetime import UTC, datetime

import pytest

from r1cli.generators.serving.pacing import Pace, backoff_s, retry_after_s


class Waits(threading.Event):
    """An event that is never set; waiting for it moves a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return False


def pace(waits: Waits, **limits: float | None) -> Pace:
    return Pace(**{"requests_per_minute": None, "tokens_per_minute": None} | limits, clock=lambda: waits.now)


def test_without_limits_nobody_waits() -> None:
    waits = Waits()
    for _ in range(100):
        assert pace(waits).wait(10_000, waits)
    assert waits.now == 0


def test_requests_are_spread_over_the_minute() -> None:
    waits = Waits()
    limited = pace(waits, requests_per_minute=30)
    times = [waits.now for _ in range(4) if limited.wait(1, waits)]
    assert times == [0, 2, 4, 6]


def test_long_requests_wait_for_the_tokens_of_those_before() -> None:
    waits = Waits()
    limited = pace(waits, tokens_per_minute=6000)
    times = [waits.now for tokens in (100, 500, 100) if limited.wait(tokens, waits)]
    assert times == pytest.approx([0, 1, 6])


def test_a_pause_holds_for_all() -> None:
    waits = Waits()
    paused = pace(waits)
    paused.pause(7)
    paused.pause(3)
    assert paused.wait(1, waits)
    assert waits.now == 7


def test_whoever_waits_is_told_when_everything_stops() -> None:
    stopped = threading.Event()
    slow = Pace(requests_per_minute=0.001, tokens_per_minute=None)
    assert slow.wait(1, stopped)
    stopped.set()
    assert not slow.wait(1, stopped)


def test_waits_grow_to_their_limit_and_differ() -> None:
    rng = random.Random(0)
    waits = [[backoff_s(n, first_s=1, most_s=10, rng=rng) for _ in range(50)] for n in (1, 2, 3, 9)]
    for longest, some in zip((1, 2, 4, 10), waits, strict=True):
        assert longest / 2 <= min(some) <= max(some) <= longest
        assert len(set(some)) == 50


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 01 Mar 2025 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 01 Mar 2025 09:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_what_a_server_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, datetime(2025, 3, 1, 10, 0, 0, tzinfo=UTC)) == seconds

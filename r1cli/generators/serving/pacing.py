"""When the next request may be sent: limits a minute, pauses that the server asks for, and waits between attempts.

All requests of an evaluation share one `Pace`. A server that says "too many" means all of them, so its pause holds for
all; a request that failed by itself waits for itself alone, longer every time and never the same time as its
neighbours.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE = 60.0


class Pace:
    """Gives every request its time; safe to be called from many threads."""

    def __init__(
        self,
        *,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """None: no limit of that kind."""
        self._seconds_per_request = MINUTE / requests_per_minute if requests_per_minute else 0.0
        self._seconds_per_token = MINUTE / tokens_per_minute if tokens_per_minute else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next_request = self._next_tokens = self._paused_until = clock()

    def wait(self, tokens: int, stopped: threading.Event) -> bool:
        """Wait until a request of at most so many tokens may be sent; False if `stopped` was set meanwhile."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next_request, self._next_tokens)
            self._next_request = start + self._seconds_per_request
            self._next_tokens = start + tokens * self._seconds_per_token
        while True:
            left = max(start, self._paused_until) - self._clock()
            if left <= 0:
                return not stopped.is_set()
            if stopped.wait(left):
                return False

    def pause(self, seconds: float) -> None:
        """Nobody sends anything for so long."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)


def backoff_s(attempt: int, *, first_s: float, most_s: float, rng: random.Random) -> float:
    """Seconds to wait after the attempt of this number, from 1: twice as long every time, half of it by chance."""
    longest = min(most_s, first_s * 2.0 ** (attempt - 1))
    return longest * (0.5 + rng.random() / 2)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, or `Retry-After` as a number or as a date.

    None where it does not ask, or in a way that nobody can read.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None

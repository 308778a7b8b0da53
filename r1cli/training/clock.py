"""A clock for the phases of an update: where the time of a run goes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

PHASES = ("rollout", "rewards", "forward", "backward", "optimizer", "checkpoint", "other")


class Clock:
    """Seconds spent in each phase since the last reading; a phase inside another is counted once, as itself."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(PHASES, 0.0)
        self._last = time.perf_counter()
        self._running: list[str] = []

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what happens meanwhile to `name`."""
        self.enter(name)
        try:
            yield
        finally:
            self.leave()

    def enter(self, name: str) -> None:
        """From now on it is `name`, until `leave`."""
        self._charge()
        self._running.append(name)

    def leave(self) -> None:
        """Back to the phase before; to `other`, if there is none."""
        self._charge()
        self._running.pop()

    def reading(self) -> dict[str, float]:
        """Seconds of each phase since the last reading."""
        self._charge()
        seconds, self._seconds = self._seconds, dict.fromkeys(PHASES, 0.0)
        return seconds

    def _charge(self) -> None:
        now = time.perf_counter()
        self._seconds[self._running[-1] if self._running else "other"] += now - self._last
        self._last = now

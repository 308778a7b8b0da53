"""The clock of an update: every second is counted once, in the innermost phase."""

from __future__ import annotations

import time

import pytest

from r1cli.training import clock as module
from r1cli.training.clock import PHASES, Clock


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch):
    """A clock that moves only when told to."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def test_a_phase_inside_another_is_counted_once(tick) -> None:
    clock = Clock()
    tick(1)
    with clock.phase("backward"):
        tick(2)
        with clock.phase("rollout"):
            tick(4)
        tick(8)
    tick(16)
    seconds = clock.reading()
    assert set(seconds) == set(PHASES)
    assert {name: value for name, value in seconds.items() if value} == {"other": 17, "backward": 10, "rollout": 4}


def test_a_reading_begins_anew(tick) -> None:
    clock = Clock()
    with clock.phase("rewards"):
        tick(3)
        assert clock.reading()["rewards"] == 3
        tick(5)
    assert clock.reading()["rewards"] == 5


def test_a_phase_that_fails_ends_all_the_same(tick) -> None:
    clock = module.Clock()
    with pytest.raises(ZeroDivisionError), clock.phase("forward"):
        raise ZeroDivisionError
    tick(2)
    assert clock.reading()["other"] == 2

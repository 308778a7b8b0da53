"""How a run is asked to stop: what a signal does to a stage that can stop, and to one that cannot."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from r1cli.engine import stop
from r1cli.layout import STOP


def send(number: int) -> None:
    """To this process, and wait until it is heeded."""
    os.kill(os.getpid(), number)
    signal.pause()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_first_signal_asks_and_a_second_one_ends(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "SAME_S", 0.0)
    with stop.listening(tmp_path, stops=True):
        assert not stop.asked(tmp_path)
        os.kill(os.getpid(), number)
        assert stop.asked(tmp_path)
        with pytest.raises(SystemExit) as ended:
            send(number)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == signal.SIG_DFL


def test_a_cluster_that_tells_every_process_at_once_and_each_by_its_parent_asks_once(tmp_path: Path) -> None:
    with stop.listening(tmp_path, stops=True):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked(tmp_path)


def test_a_stage_that_cannot_stop_ends_at_the_first_signal(tmp_path: Path) -> None:
    with stop.listening(tmp_path, stops=False), pytest.raises(SystemExit):
        send(signal.SIGTERM)
    assert not stop.asked(tmp_path)


def test_whoever_was_asked_by_a_file_has_been_asked(tmp_path: Path) -> None:
    (tmp_path / STOP).touch()
    assert stop.asked(tmp_path)


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        with stop.listening(tmp_path, stops=True):
            os.kill(os.getpid(), signal.SIGUSR1)
        assert not stop.asked(tmp_path)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_other_threads_than_the_first_listen_to_nothing(tmp_path: Path) -> None:
    handlers = []

    def look() -> None:
        with stop.listening(tmp_path, stops=True):
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.SIG_DFL]

"""A run as it is followed: plain lines into pipes, live lines on a terminal."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from r1cli.stage import NodeEvent
from r1cli.terminal import progress
from r1cli.terminal.progress import LiveLines, Progress


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


@contextmanager
def following() -> Iterator[Progress]:
    with LiveLines() as lines:
        yield Progress(lines)


def event(state: Any, node: str = "base", **known: Any) -> NodeEvent:
    return NodeEvent(state=state, node=node, kind="Pretrain", fingerprint="f" * 64, path=Path("x"), **known)


def test_progress_into_a_pipe_is_a_plain_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with following() as follower:
        for step in range(101):
            follower.progress("reasoning_rl", step, 100, {"reward": step / 100})
            clock.now += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].split() == ["reasoning_rl", "10/100", "reward", "0.1", "ETA", "0:45"]
    assert "ETA" not in lines[-1]


def test_slow_progress_is_told_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with following() as follower:
        for step in range(5):
            follower.progress("base", step, 1000, {})
            clock.now += 6.0
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_time_left_of_a_resumed_stage_counts_what_was_done_since(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with following() as follower:
        follower.progress("base", 50, 100, {})
        clock.now += 10.0
        follower.progress("base", 60, 100, {})
    assert "ETA 0:40" in capsys.readouterr().err


def test_progress_on_a_terminal_is_one_live_line_that_goes_away(terminal: io.StringIO) -> None:
    with following() as follower:
        follower.progress("base", 1, 10, {"loss": 2.5})
        follower.progress("base", 2, 10, {"loss": 2.25})
        follower.node(event("made", seconds=3.0))
    drawn = terminal.getvalue()
    assert "base  2/10  loss 2.25" in drawn
    assert "\x1b[2K" in drawn
    assert drawn.endswith("done in 3.0 s\n")


def test_a_number_that_is_none_is_a_dash(terminal: io.StringIO) -> None:
    with following() as follower:
        follower.progress("base", 1, 10, {"loss": None})
    assert "base  1/10  loss -" in terminal.getvalue()


def test_a_failed_and_a_skipped_node_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    with following() as follower:
        follower.node(NodeEvent("failed", "a", "SFT", "f", Path("p"), reason="the loss is nan"))
        follower.node(NodeEvent("not_run", "b", "SFT", "f", Path("p"), reason="a failed"))
    failed, skipped = capsys.readouterr().err.splitlines()
    assert failed.endswith("failed: the loss is nan")
    assert skipped.endswith("not run: a failed")


def test_several_jobs_have_a_live_line_each(terminal: io.StringIO) -> None:
    with LiveLines() as lines:
        first, second = (Progress(lines, cell=name, beside_others=True) for name in ("seed=0", "seed=1"))
        first.progress("base", 1, 10, {})
        second.progress("base", 3, 10, {})
        terminal.truncate(0)
        first.progress("base", 2, 10, {})
    drawn = terminal.getvalue()
    assert "[seed=0] base  2/10" in drawn
    assert "[seed=1] base  3/10" in drawn


def test_of_several_jobs_a_pipe_hears_seldom_and_which_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with LiveLines() as lines:
        one = Progress(lines, cell="seed=0", beside_others=True)
        for step in range(70):
            one.progress("base", step, 70, {})
            clock.now += 1.0
    lines_written = capsys.readouterr().err.splitlines()
    assert [line.partition("  ETA")[0] for line in lines_written] == ["[seed=0] base  30/70", "[seed=0] base  60/70"]


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_number_that_is_none_harms_nobody(value: float | None, terminal: io.StringIO) -> None:
    with following() as follower:
        follower.progress("base", 1, 10, {"loss": value})
    assert "loss -" in terminal.getvalue()


@pytest.mark.parametrize(
    ("happening", "words"),
    [
        (event("failed", reason="it broke"), "failed: it broke"),
        (event("not_run", reason="coldstart failed"), "not run: coldstart failed"),
        (event("started", reason="needed by coldstart"), "starts (needed by coldstart)"),
        (event("waiting", holder="process 7 on here"), "waits for process 7 on here"),
    ],
)
def test_each_event_is_one_line(happening: NodeEvent, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with following() as follower:
        follower.node(happening)
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("base ")
    assert line.endswith(words)

"""What is drawn: plain into pipes, live on a terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from r1cli.errors import ConfigError, StageFailed
from r1cli.stage import NodeEvent
from r1cli.terminal import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # pytest puts its own stream into sys between a fixture and its test.
    monkeypatch.setattr(console, "sys", SimpleNamespace(stderr=stream, stdout=sys.stdout))
    return stream


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(console.time, "monotonic", lambda: self.now)


def test_an_error_is_one_line_and_its_hint_another(capsys: pytest.CaptureFixture[str]) -> None:
    console.error(ConfigError("a key\n is [wrong]", hint="did you mean [b]other[/b]?"))
    assert capsys.readouterr().err == "error: a key is [wrong]\nhint: did you mean [b]other[/b]?\n"


def test_a_failed_stage_shows_the_end_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.txt"
    log.write_text("\n".join(f"line {i}" for i in range(100)))
    console.error(StageFailed("sft: it broke", hint="r1 logs sft", log=log))
    err = capsys.readouterr().err
    assert str(log) in err.replace("\n", "")
    assert "line 99" in err
    assert "line 50" not in err
    assert "error: sft: it broke" in err


def test_progress_into_a_pipe_is_a_plain_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with console.Progress() as progress:
        for step in range(101):
            progress.progress("reasoning_rl", step, 100, {"reward": step / 100})
            clock.now += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].split() == ["reasoning_rl", "10/100", "reward", "0.1", "ETA", "0:45"]
    assert "ETA" not in lines[-1]


def test_slow_progress_is_told_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with console.Progress() as progress:
        for step in range(5):
            progress.progress("base", step, 1000, {})
            clock.now += 6.0
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_time_left_of_a_resumed_stage_counts_what_was_done_since(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with console.Progress() as progress:
        progress.progress("base", 50, 100, {})
        clock.now += 10.0
        progress.progress("base", 60, 100, {})
    assert "ETA 0:40" in capsys.readouterr().err


def test_progress_on_a_terminal_is_one_live_line_that_goes_away(terminal: Terminal) -> None:
    with console.Progress() as progress:
        progress.progress("base", 1, 10, {"loss": 2.5})
        progress.progress("base", 2, 10, {"loss": 2.25})
        progress.close()
        progress.note("base done")
    drawn = terminal.getvalue()
    assert "base  2/10  loss 2.25" in drawn
    assert "\x1b[2K" in drawn
    assert drawn.endswith("base done\n")


def test_a_number_that_is_none_is_a_dash(terminal: Terminal) -> None:
    with console.Progress() as progress:
        progress.progress("base", 1, 10, {"loss": None})
    assert "base  1/10  loss -" in terminal.getvalue()


def test_a_failed_and_a_skipped_node_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    with console.Progress() as progress:
        progress.node(NodeEvent("failed", "a", "SFT", "f", Path("p"), reason="the loss is nan"))
        progress.node(NodeEvent("not_run", "b", "SFT", "f", Path("p"), reason="a failed"))
    failed, skipped = capsys.readouterr().err.splitlines()
    assert failed.endswith("failed: the loss is nan")
    assert skipped.endswith("not run: a failed")


def test_colours_are_for_terminals_that_want_them(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    console.error(ConfigError("wrong"))
    assert "\x1b[1;31merror:" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.truncate(0)
    console.error(ConfigError("wrong"))
    assert "\x1b[1;31m" not in terminal.getvalue()


@pytest.mark.parametrize(("value", "said"), [(None, ""), (3.14, "3.1 s"), (75.4, "1:15"), (3700, "1:01:40")])
def test_durations_are_told_as_a_person_reads_them(value: float | None, said: str) -> None:
    assert console.seconds(value) == said


@pytest.mark.parametrize(("value", "said"), [(10, "10 B"), (2048, "2.0 KiB"), (5 * 2**40, "5120.0 GiB")])
def test_sizes_are_told_as_a_person_reads_them(value: int, said: str) -> None:
    assert console.size(value) == said

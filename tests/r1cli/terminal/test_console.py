"""What is drawn: plain into pipes, live on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from r1cli.errors import ConfigError, StageFailed
from r1cli.terminal import console


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


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert console.escaped("a\x1b[2J\r\x07b\u202ec\u3000d") == "a\\x1b[2J\\r\\x07b\\u202ec d"
    assert console.escaped("one\ntwo") == "one\\ntwo"
    assert console.escaped("one\ntwo", lines=True) == "one\ntwo"


def test_what_others_wrote_into_an_error_a_note_a_log_or_a_table_moves_no_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b]0;mine\x07\x9b2J\u202e\ud800"
    log = tmp_path / "log.txt"
    log.write_text(hostile, "utf-8", errors="replace")
    console.error(StageFailed(hostile, hint=hostile, log=log))
    console.note(f"first\n{hostile}")
    console.listing([{"node": hostile, "state": "failed"}])
    shown = "".join(capsys.readouterr())
    assert "first\n" in shown
    assert shown.count("\\x1b]0;mine") == 5
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_colours_are_for_terminals_that_want_them(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    console.error(ConfigError("wrong"))
    assert "\x1b[1;31merror:" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.truncate(0)
    console.error(ConfigError("wrong"))
    assert "\x1b[1;31m" not in terminal.getvalue()


def test_twenty_columns_are_written_row_by_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    console.listing([{"what": "transformers", "found": "5.23.0"}, {"what": "sandbox", "found": None}])
    assert capsys.readouterr().out == "what: transformers\nfound: 5.23.0\n\nwhat: sandbox\nfound: \n"

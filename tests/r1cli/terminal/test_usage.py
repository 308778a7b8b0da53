"""Mistakes in flags and arguments, in one line with one hint."""

from __future__ import annotations

import pytest

from r1cli.terminal.app import run_line


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("plan --jsn", "--jsn", "did you mean --json?"),
        ("pln", "pln", "did you mean plan?"),
        ("ls recipies", "recipies", "did you mean recipes?"),
        ("completion csh", "csh", "did you mean"),
        ("show", "NODE", "see r1 show --help"),
        ("gc --keep many", "--keep", "see r1 gc --help"),
    ],
)
def test_a_wrong_flag_or_argument_says_what_was_meant_or_where_it_is_listed(
    line: str, message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line(line.split()) == 2
    error, suggestion = capsys.readouterr().err.strip().splitlines()
    assert message in error
    assert hint in suggestion


def test_without_a_command_the_help_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line([]) == 2
    out, err = capsys.readouterr()
    assert "r1 run" in out + err
    assert "error:" not in out + err

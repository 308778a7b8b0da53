"""The bill on the terminal."""

from __future__ import annotations

import pytest

from r1cli.bill.bill import Span
from r1cli.terminal.app import run_line
from r1cli.terminal.views.bill import count, number, span


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.001, "<0.01"), (0.123, "0.12"), (12.34, "12"), (123.4, "120"), (1234, "1200"), (98765, "99 K")],
)
def test_an_estimate_has_two_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_tokens_are_counted_in_thousands_millions_and_billions() -> None:
    assert [count(v) for v in (12, 1200, 999_999, 3.87e10)] == ["12", "1.2 K", "1 M", "39 B"]


def test_a_range_is_shown_only_where_something_is_open() -> None:
    assert span(Span(5, 12, 31)) == "12 (5-31)"
    assert span(Span(12, 12, 12)) == "12"


def test_a_dry_run_ends_with_the_bill(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = ["run", "--dry-run", "recipe=r1", "scale=single_gpu", "model=qwen2.5-1.5b", "hardware=gpu", "device=h100"]
    assert run_line(line) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "GPU hours" in shown
    assert "mean_completion" in shown
    assert "not known: how long completions become" in shown
    assert "2.5 an hour" in shown
    assert "e+0" not in shown
    rows = [row for row in shown.splitlines() if row.startswith(("all_scenario_rl", "eval_all_scenario_rl"))]
    assert len(rows) == 4  # whole names, one line each, in the plan and in the bill
    assert all(len(row) <= 80 for row in rows)


def test_too_little_memory_is_an_error_with_what_would_fit(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["run", "--dry-run", "recipe=r1_zero", "scale=single_gpu", "model=qwen2.5-7b", "model.lora=null"]
    assert run_line([*line, "hardware=gpu", "device=a100"]) == 2
    err = capsys.readouterr().err
    assert "GiB are needed on each a100" in err
    assert "this fits: " in err

"""The matrix of benchmarks on 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.results.benchmarks import Matrix, read_benchmarks
from r1cli.store.store import Store
from r1cli.terminal.views import benchmarks as view
from tests.r1cli.fake_evaluations import benchmark, model


@pytest.fixture(autouse=True)
def _at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path, baseline: str = "") -> str:
    base, zero = model(tmp_path, "base"), model(tmp_path, "r1_zero")
    benchmark(tmp_path, "math500", "base", base, scores=[1.0] * 4 + [0.0] * 12)
    benchmark(tmp_path, "math500", "r1_zero", zero, scores=[1.0] * 14 + [0.0] * 2)
    benchmark(tmp_path, "gsm8k", "r1_zero", zero, scores=[1.0] * 8 + [0.0] * 8)
    view.matrix(Matrix.of(read_benchmarks(Store(tmp_path)), baseline))
    return capsys.readouterr().out


def test_scores_stand_side_by_side_with_what_they_are_of(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = drawn(capsys, tmp_path).splitlines()
    assert lines[0].split() == ["measure", "n", "k", "Base", "R1-Zero"]
    assert lines[1].split() == ["gsm8k", "pass@1", "16", "4", "-", "0.50±.03"]
    assert lines[2].split() == ["math500", "pass@1", "16", "4", "0.25±.03", "0.88±.03"]
    assert all(len(line) <= 80 for line in lines)


def test_differences_have_an_interval_and_a_star_where_they_are_significant(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = drawn(capsys, tmp_path, "base")
    below = text.partition("difference to Base\n")[2].splitlines()
    assert below[0].split() == ["R1-Zero"]
    assert below[1].split() == ["gsm8k", "-"]
    assert below[2].startswith("math500 +.62* [+.")
    assert "Holm" in text


def test_what_would_be_asked_is_added_up_and_what_is_stored_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"benchmark": "gsm8k", "stored": False, "problems": 659, "samples": 4, "completions": 2636}
    row |= {"dollars_at_most": None}
    view.questions([
        {**row, "completion_tokens_at_most": 253056},
        {**row, "benchmark": "world", "stored": True, "completion_tokens_at_most": 1000},
    ])  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["gsm8k", "659", "4", "2,636", "253,056"]
    assert lines[2].split() == ["world", "659", "4", "stored", "0"]
    assert lines[3].split() == ["2,636", "253,056"]


def test_tokens_without_a_limit_have_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"benchmark": "a", "stored": False, "problems": 1, "samples": 1, "completions": 1, "dollars_at_most": None}
    view.questions([{**row, "completion_tokens_at_most": 5}, {**row, "completion_tokens_at_most": None}])
    assert capsys.readouterr().out.splitlines()[3].split() == ["2", "no", "limit"]


def test_dollars_are_added_up_where_somebody_is_paid(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"benchmark": "a", "stored": False, "problems": 1, "samples": 1, "completions": 1}
    row |= {"completion_tokens_at_most": 5, "dollars_at_most": 1.25}
    view.questions([row, row, {**row, "stored": True}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-1] == "$1.25"
    assert lines[3].split()[-1] == "$0.00"
    assert lines[4].split()[-1] == "$2.50"

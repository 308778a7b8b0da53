"""The table of accuracy against compute, at 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.generators.prices import Prices
from r1cli.results.cost import Dollars
from r1cli.results.scaling import scaling
from r1cli.terminal.views import scaling as view
from tests.r1cli.results.sampled_answers import sample_set

ANSWERS = {"a": "rrww", "b": "rrrr", "c": "wwww"}


@pytest.fixture(autouse=True)
def _at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_models_are_compared_at_the_budget_that_all_of_them_reach(capsys: pytest.CaptureFixture[str]) -> None:
    short = sample_set(ANSWERS, model="R1", tokens=10)
    long = sample_set(ANSWERS, model="R1-Zero", checkpoint="r1_zero", tokens=30)
    view.table([scaling([short]), scaling([long])])
    shown = " ".join(capsys.readouterr().out.split())
    assert "majority at 40 tokens a problem: R1 0.50, R1-Zero 0.50" in shown
    assert "twice the tokens: R1 cons@k +0.000 ± 0.000" in shown
    assert "3 held-out problems, 4 samples each" in shown


def test_dollars_have_a_column_and_their_list_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    prices = Prices(name="list", date="2025-03-15", source="somewhere")
    view.table([scaling([replace(sample_set(ANSWERS), dollars=Dollars(6.0, 6.0))])], prices=prices)
    lines = capsys.readouterr().out.splitlines()
    assert "$ a task" in lines[0]
    assert "$0.50" in lines[1]
    assert "$2.00" in lines[3]
    assert any("prices list, 2025-03-15, somewhere" in line for line in lines)


def test_what_was_not_counted_has_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    view.table([scaling([sample_set(ANSWERS, tokens=None)])], prices=Prices(name="n", date=None, source="none"))
    assert capsys.readouterr().out.splitlines()[1].split()[:4] == ["R1", "1", "-", "-"]


def test_a_figure_is_a_picture_or_a_mistake(tmp_path: Path) -> None:
    found = [scaling([sample_set(ANSWERS)])]
    view.draw(found, tmp_path / "chart.svg")
    assert "R1: accuracy against tokens" in (tmp_path / "chart.svg").read_text("utf-8")
    with pytest.raises(ConfigError, match="must end in"):
        view.draw(found, tmp_path / "chart")

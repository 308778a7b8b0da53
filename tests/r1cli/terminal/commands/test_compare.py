"""`r1 compare`: what it chooses, and mistakes in what it is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.fake_evaluations import evaluation, fingerprint, papers_table

pytestmark = pytest.mark.usefixtures("at_80_columns")


@pytest.fixture
def store(tmp_path: Path) -> str:
    papers_table(tmp_path / "store")
    return f"paths.store={tmp_path / 'store'}"


def printed(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert run_line(["compare", *line]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("compare Dev4", "no evaluation of 'Dev4'", "did you mean Dev"),
        ("compare -b nothing", "no evaluation of 'nothing'", "evaluated here: Base"),
        ("compare --json --csv", "one of --json", "leave the others out"),
        ("compare experiment=r1_vs_zro", "experiment=r1_vs_zro", "did you mean r1_vs_zero?"),
        ("compare scale=smoke", "scale=smoke", "leave it out"),
    ],
)
def test_a_mistake_is_one_error_and_one_hint(
    line: str, error: str, hint: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line([*line.split(), store]) == 2
    told = capsys.readouterr().err.splitlines()
    assert error in told[0]
    assert hint in told[1]


def test_an_experiment_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["compare", "experiment=r1_vs_zero", "--json", "seed=0,1"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "missing: recipe=r1_zero seed=1: eval_base, eval_r1_zero" in err.splitlines()


def test_an_experiment_shows_its_own_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from r1cli.sweep import selection

    fp = evaluation(tmp_path / "store", "r1_zero", fingerprint("a"))
    evaluation(tmp_path / "store", "base", fingerprint("b"))
    wanted = selection.ExperimentEvaluations(stored={fp: ""}, missing=())
    monkeypatch.setattr(selection, "evaluations_of", lambda name, overrides: wanted)
    rows = json.loads(printed(capsys, f"paths.store={tmp_path / 'store'}", "experiment=any", "--json"))
    assert [r["checkpoint"] for r in rows] == ["r1_zero"]

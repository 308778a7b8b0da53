"""`r1 compare`: what it chooses, and mistakes in what it is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.config.catalogue import model_names
from r1cli.terminal.app import run_line
from tests.r1cli.fake_evaluations import evaluation, fingerprint, interval, model


@pytest.fixture(autouse=True)
def _at_80_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Every checkpoint of the paper's table with two seeds."""
    folder = tmp_path / "store"
    for seed in (0, 1):
        base = model(folder, "base", seed=seed)
        for i, node in enumerate(model_names()):
            made = base if node == "base" else model(folder, node, seed=seed, inputs={"model": base})
            scores = [0.1 * i, 0.5, 0.1 * (i + seed)]
            evaluation(folder, node, made, seed=seed, scores=scores, general=None if node == "base" else interval(0.5))
    return f"paths.store={folder}"


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

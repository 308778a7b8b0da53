"""`r1 findings`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.fake_evaluations import evaluation, model


@pytest.fixture
def store(tmp_path: Path) -> Path:
    base = model(tmp_path, "base")
    evaluation(tmp_path, "base", base, scores=[0.0, 0.0, 0.5, 0.0])
    for seed in (0, 1, 2):
        rl = model(tmp_path, "r1_zero", seed=seed, inputs={"model": base})
        evaluation(tmp_path, "r1_zero", rl, seed=seed, scores=[1.0, 1.0, 0.5, 1.0])
    return tmp_path


def test_an_empty_store_has_nothing_run_and_every_claim_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line(["findings", f"paths.store={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "r1 run -m experiment=grpo_variants" in out
    assert out.count("not run") > 15


def test_a_claim_is_shown_with_its_verdict_its_interval_and_its_margin(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run_line(["findings", "rl_alone", f"paths.store={store}"]) == 0
    out = capsys.readouterr().out
    assert " 1  holds  rl_alone" in out
    assert "accuracy: R1-Zero / Base 7.00 (7.00 to 7.00), more than 2; 3 seeds; p <.001; primary" in out
    assert "1 holds" in out


def test_json_has_all_claims_or_those_that_are_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["findings", "--json", f"paths.store={store}"]) == 0
    verdicts = {f["name"]: f["verdict"] for f in json.loads(capsys.readouterr().out)}
    assert verdicts["rl_alone"] == "holds"
    assert verdicts["coverage"] == "cannot tell"  # pass@1 is known, pass@64 is not
    assert verdicts["variants"] == "not run"
    assert run_line(["findings", "variants", "--json", f"paths.store={store}"]) == 0
    assert [f["name"] for f in json.loads(capsys.readouterr().out)] == ["variants"]


def test_a_claim_that_there_is_not_has_a_near_match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["findings", "langages", f"paths.store={tmp_path}"]) == 2
    assert "did you mean languages?" in capsys.readouterr().err

"""`r1 eval` from the line to the table, with a generator that says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.fake_evaluations import benchmark, model


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "conf/generator").mkdir(parents=True)
    (tmp_path / "conf/generator/mute.yaml").write_text(
        "# help: replies with nothing, for a test\n_target_: tests.r1cli.mute_generator.Mute\n"
    )
    few = ["problems=3", "samples=2", "tracking=none", f"paths.store={tmp_path / 'store'}"]
    return ["eval", "suite=tiny", "generator=mute", *few, "--config-dir", str(tmp_path / "conf")]


@pytest.mark.torch
def test_what_was_asked_is_shown_and_not_asked_again(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(line) == 0, capsys.readouterr().err
    assert "world  pass@1 3 2 0.00" in capsys.readouterr().out
    assert run_line([*line, "--json"]) == 0
    said = capsys.readouterr()
    [cell] = json.loads(said.out)
    assert (cell["benchmark"], cell["name"], cell["n_problems"], cell["score"]["mean"]) == ("world", "mute", 3, 0.0)
    assert run_line([*line, "--dry-run", "--json"]) == 0
    [asked] = json.loads(capsys.readouterr().out)["benchmarks"]
    assert asked["stored"]


def test_a_dry_run_asks_nothing_and_says_what_is_skipped(
    line: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line[1] = "benchmark=world,gaokao_cloze"
    assert run_line([*line, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "skipped: gaokao_cloze" in said.err
    assert "no limit" in said.out
    assert not list((tmp_path / "store").glob("bench_*"))


def test_the_matrix_is_compared_from_the_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for node, scores in (("base", [0.0, 1.0] * 8), ("r1_zero", [1.0] * 16)):
        benchmark(tmp_path, "math500", node, model(tmp_path, node), scores=scores)
    store = f"paths.store={tmp_path}"
    assert run_line(["compare", "--benchmarks", "-b", "base", store]) == 0
    assert "math500 +.50*" in capsys.readouterr().out
    assert run_line(["compare", "--benchmarks", "-b", "base", "--json", store, "r1_zero"]) == 0
    base, zero = json.loads(capsys.readouterr().out)
    assert (base["name"], zero["difference"]["mean"]) == ("Base", 0.5)
    assert run_line(["compare", "--benchmarks", "--csv", store]) == 2
    assert run_line(["compare", "--benchmarks", f"paths.store={tmp_path / 'empty'}"]) == 0
    assert "no benchmark" in capsys.readouterr().err


def test_a_misspelt_key_of_a_benchmark_is_told_the_right_one(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line([*line, "benchmarks.world.votez=true", "--dry-run"]) == 2
    assert "votes" in capsys.readouterr().err


def test_groups_of_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for what, option in (
        ("benchmarks", "math500"),
        ("suites", "laptop"),
        ("generators", "native"),
        ("prices", "gpu_hour"),
    ):
        assert run_line(["ls", what]) == 0
        assert option in capsys.readouterr().out

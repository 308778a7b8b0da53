"""`r1 scale`: what it chooses, what it prints, and mistakes in what it is asked."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.fake_benchmarks import benchmark
from tests.r1cli.fake_evaluations import model
from tests.r1cli.report.fake_results import Fake

SERVED = {"a": "rrww", "b": "rrrr", "c": "wwww"}


pytestmark = pytest.mark.usefixtures("at_80_columns")


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A recipe with its evaluations, and a benchmark that two models answered, one of them served."""
    folder = tmp_path / "store"
    Fake(folder, problems=6, samples=4).recipe(0)
    of = model(folder, "distill")
    scores = {problem: [0.4, 0.1, 0.3, 0.2] for problem in SERVED}
    benchmark(folder, "distill", of, {"a": "rwww", "b": "rrww", "c": "rwww"}, scores=scores)
    benchmark(folder, "o1", "0" * 64, SERVED, served="o1-2024-12-17")
    return f"paths.store={folder}"


def printed(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert run_line(["scale", *line]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_every_model_has_its_numbers_of_samples_from_top_to_bottom(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(capsys, store).splitlines()
    assert lines[0].split() == ["k", "tokens", "cons@k", "pass@k", "pass^k"]
    assert [line.split()[0] for line in lines[1:18:3]] == ["Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1"]
    assert [line.split()[0] for line in lines[2:4]] == ["2", "4"]
    assert all(len(line) <= 80 for line in lines[:19])


def test_names_choose_models_and_numbers_are_chosen_by_k(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, store, "R1-Zero", "coldstart", "--k", "1,4", "--rules", "majority", "--json"))
    assert [one["model"] for one in found] == ["R1-Zero", "Dev1"]
    assert [(c["rule"], c["bound"]) for c in found[0]["curves"]] == [("majority", False), ("any", True), ("all", True)]
    (first, last) = found[0]["curves"][0]["points"]
    assert (first["k"], last["k"], last["tokens"] / first["tokens"]) == (1, 4, pytest.approx(4))
    assert found[0]["temperature"] is None  # the fake evaluation has none


def test_a_benchmark_is_read_from_its_samples_and_priced(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = [store, "o1", "--benchmark", "gsm8k", "prices=openai_2025_03"]
    (one,) = json.loads(printed(capsys, *line, "--json"))
    assert (one["model"], one["benchmark"], one["max_tokens"]) == ("o1", "gsm8k", 64)
    points = one["curves"][0]["points"]
    assert [p["dollars"] for p in points] == pytest.approx([k * (100 * 15 + 50 * 60) / 1e6 for k in (1, 2, 4)])
    shown = printed(capsys, *line)
    assert "$ a task" in shown
    assert "prices openai_2025_03, 2025-03-15" in " ".join(shown.split())


def test_stored_scores_give_best_of_n_and_a_weighted_vote(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = json.loads(printed(capsys, store, "distill", "--benchmark", "gsm8k", "--json"))
    assert one["scorer"] == "rm"
    last = {curve["rule"]: curve["points"][-1]["accuracy"] for curve in one["curves"]}
    assert last["best_of_n"] == 1.0  # the first sample of each has the highest score, and is right
    assert last["majority"] < last["any"] == 1.0


def test_every_number_has_a_column_of_its_own(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, store, "R1", "--csv"))))
    assert len(rows) == 9  # three rules, three numbers of samples
    assert list(rows[0]) == ["model", "rule", "k", "tokens", "dollars", "accuracy", "low", "high", "n"]


def test_the_figure_is_written_as_its_name_says(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, begins in (("one.svg", b"<svg"), ("all.png", b"\x89PNG")):
        printed(capsys, store, *(["R1"] if name == "one.svg" else []), "--figure", str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("scale Dev4", "no evaluation of 'Dev4'", "did you mean Dev"),
        ("scale --json --csv", "one of --json", "leave the other out"),
        ("scale --k 1,many", "--k 1,many: not a list of whole numbers", "--k 1,2,4"),
        ("scale R1 --k 64", "R1 has 4 samples of a problem, not 64", "at most --k 4"),
        ("scale R1 --rules best_of_m", "no rule 'best_of_m'", "best_of_n"),
        ("scale R1 --rules oracle", "'oracle' knows the reference answers", "pass@k is always shown"),
        ("scale R1 --scorer rm", "not every sample of R1 has a score 'rm'", "votes only"),
        ("scale R1 --benchmark gsm9k", "no benchmark 'gsm9k'", "did you mean gsm8k"),
        ("scale R1 scale=smoke", "scale=smoke: this command takes names", "leave it out"),
        ("scale R1 prices=openai_2026", "openai_2026", "openai_2025_03"),
        ("scale R1 --figure chart.pdf", "must end in .svg or .png", "--figure scaling.svg"),
        ("scale R1 --figure no/folder/chart.svg", "cannot write", "choose another file"),
    ],
)
def test_a_mistake_is_one_error_and_one_hint(
    line: str, error: str, hint: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line([*line.split(), store]) == 2
    told = capsys.readouterr().err.splitlines()
    assert error in told[0]
    assert hint in told[1]


def test_no_library_of_models_is_loaded(store: str, tmp_path: Path) -> None:
    # -X importtime names every module that is loaded, in whatever way it came.
    command = [sys.executable, "-X", "importtime", "-m", "r1cli", "scale", store, "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)) == 6
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "r1cli" in loaded
    assert not loaded & {"torch", "transformers", "trl", "datasets", "wandb"}


def test_an_empty_store_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["scale", f"paths.store={tmp_path / 'empty'}"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "no samples in" in told[0]
    assert "try r1 run" in told[1]


def test_a_rule_that_does_not_apply_is_said_to(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "best_of_n does not apply" in printed(capsys, store, "R1", "--rules", "majority,best_of_n")

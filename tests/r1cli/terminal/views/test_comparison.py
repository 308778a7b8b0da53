"""The comparison as it is read: in 80 columns, in a README, in a paper, in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from r1cli.config.catalogue import model_names
from r1cli.results import notation, table
from r1cli.results.statistics import Difference
from r1cli.store.store import Store
from r1cli.terminal.app import run_line
from r1cli.terminal.views import comparison as view
from tests.r1cli.fake_evaluations import evaluation, model, papers_table

pytestmark = pytest.mark.usefixtures("at_80_columns")


@pytest.fixture
def store(tmp_path: Path) -> str:
    papers_table(tmp_path / "store")
    return f"paths.store={tmp_path / 'store'}"


def printed(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert run_line(["compare", *line]) == 0
    return capsys.readouterr().out


def test_the_table_fits_into_80_columns(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, store, "--baseline", "base").splitlines()
    assert max(map(len, lines)) <= 80
    head = ["seeds", "accuracy", "cons@k", "format", "lang.", "tokens", "reflect.", "general", "paper"]
    assert lines[0].split() == head
    assert lines[1].split() == ["Base", "2", "0.18±.21", *["0.71±.00"] * 3, "1234±0", "0.71±.00", "-", "16%"]
    assert [line.split()[0] for line in lines[1:8]] == list(model_names().values())[:7]
    (title,) = [i for i, line in enumerate(lines) if line == "difference to Base"]
    assert lines[title + 2].split()[:2] == ["R1-Zero", "+.07"]


def test_a_long_name_wraps_and_the_numbers_stay_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for weight in (0, 0.1):
        rl = model(tmp_path / "store", "reasoning_rl", reward={"language": weight, "accuracy": 1})
        evaluation(tmp_path / "store", "reasoning_rl", rl, made=weight)
    out = printed(capsys, f"paths.store={tmp_path / 'store'}", "--cells")
    assert max(map(len, out.splitlines())) <= 80
    assert "language=" in out.replace("\n", "")
    assert out.count("1234±45") == 2


def test_other_configurations_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for weight in (0, 0.1):
        rl = model(tmp_path / "store", "reasoning_rl", weight=weight)
        evaluation(tmp_path / "store", "reasoning_rl", rl, made=weight)
    assert run_line(["compare", f"paths.store={tmp_path / 'store'}"]) == 0
    assert "1 more, of other configurations: --cells" in capsys.readouterr().err


def test_data_are_one_object_for_each_checkpoint_and_seed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(printed(capsys, store, "--json"))
    assert len(rows) == 16
    assert {(r["checkpoint"], r["seed"]) for r in rows} == {(c, s) for c in model_names() for s in (0, 1)}
    over_seeds = json.loads(printed(capsys, store, "--json", "--over-seeds", "-b", "R1-Zero"))
    assert [r["seeds"] for r in over_seeds] == [[0, 1]] * 8
    assert over_seeds[0]["difference"]["accuracy"]["over"] == "seeds"


def test_a_spreadsheet_gets_every_number(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, store, "r1", "base", "--csv", "--baseline", "base"))))
    assert [r["name"] for r in rows] == ["Base", "R1"]
    assert rows[1]["seeds"] == "0 1"
    assert float(rows[1]["accuracy_mean"]) == pytest.approx(0.5167, abs=1e-4)
    assert float(rows[1]["accuracy_difference_mean"]) == pytest.approx(0.3333, abs=1e-4)
    assert rows[1]["paper: AIME 2024 pass@1"] == "79.8"
    assert rows[0]["accuracy_difference_mean"] == rows[0]["general_mean"] == ""


def test_markdown_is_a_table(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, store, "Dev1", "--markdown").splitlines()
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {lines[0].count("|")}
    assert lines[2].startswith("| Dev1 | 2 | 0.317 ± 0.212 |")


def test_latex_is_a_tabular_with_nothing_left_to_escape(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, store, "--latex", "--baseline", "base")
    assert out.startswith("\\begin{tabular}{lrrr")
    body = [line for line in out.splitlines() if line.endswith("\\\\")]
    assert len(body) == 9
    columns = out.partition("{tabular}{")[2].partition("}")[0]
    assert {line.count(" & ") + 1 for line in body} == {len(columns)}
    assert "±" not in out
    assert "%" not in out.replace("\\%", "")


HOSTILE = "=HYPERLINK(1) ^^5cinput{x} ~ <img src=x onerror=1> | a"


def test_names_of_a_foreign_store_do_nothing_where_a_table_is_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = model(tmp_path / "store", HOSTILE)
    evaluation(tmp_path / "store", HOSTILE, made)
    where = f"paths.store={tmp_path / 'store'}"
    (row,) = csv.DictReader(io.StringIO(printed(capsys, where, "--csv")))
    assert all(not cell.startswith("=") for cell in row.values())
    tex = printed(capsys, where, "--latex")
    assert "^" not in tex
    assert "~" not in tex
    assert "<img" not in printed(capsys, where, "--markdown")


def test_the_end_of_a_run_prints_the_same_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = evaluation(tmp_path / "store", "base", general=None)
    view.table(table.of_store(Store(tmp_path / "store"), {made}))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["accuracy", "cons@k", "format", "lang.", "tokens", "reflect.", "general", "paper"]
    assert lines[1].split() == ["Base", *["0.71±.03"] * 4, "1234±45", "0.71±.03", "-", "16%"]


def test_checkpoints_that_were_not_run_stand_in_the_table_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = evaluation(tmp_path / "store", "base")
    rows = table.of_store(Store(tmp_path / "store"), {made})
    view.table(rows, missing={"r1_zero": "failed", "reasoning_rl": "not run: coldstart failed"})
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == ["R1-Zero failed", "Dev2    not run: coldstart failed"]


@pytest.mark.parametrize(("p", "said"), [(0.0002, "<.001"), (0.0314, ".031"), (1.0, "1.000"), (None, "-")], ids=str)
def test_a_p_value_is_told_with_three_digits(p: float | None, said: str) -> None:
    assert notation.p_value(Difference(0.1, None, None, p, "seeds", 2, paired=True)) == said

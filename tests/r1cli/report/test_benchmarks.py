"""Charts of benchmarks: the matrix, dollars, contamination."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.report import benchmarks as charts
from r1cli.report import vega
from r1cli.results.benchmarks import Matrix, read_benchmarks
from r1cli.results.overlap import MetInTraining
from r1cli.results.priced_answers import PricedAnswer
from r1cli.store.store import Store
from tests.r1cli.fake_benchmarks import benchmark
from tests.r1cli.fake_evaluations import model


@pytest.fixture
def matrix(tmp_path: Path) -> Matrix:
    """R1 is better than R1-Zero on AIME beyond chance, and much as good on GSM8K."""
    zero, r1 = (model(tmp_path, node) for node in ("r1_zero", "all_scenario_rl"))
    problems = [str(i) for i in range(30)]
    for name, of_zero in (("aime24", "wwww"), ("gsm8k", "rrrr")):
        benchmark(tmp_path, "r1_zero", zero, dict.fromkeys(problems, of_zero), name=name)
        benchmark(tmp_path, "all_scenario_rl", r1, {p: "rrrr" if int(p) % 3 else "wwww" for p in problems}, name=name)
    return Matrix.of(read_benchmarks(Store(tmp_path)), "r1_zero")


def test_a_cell_says_score_difference_and_whether_it_is_more_than_chance(matrix: Matrix) -> None:
    chart = charts.matrix(matrix, "drawn 2026-01-31")
    cells = {(row["benchmark"], row["model"]): row for row in chart.spec["data"]["values"]}
    better = cells["aime24", "R1"]
    assert (better["mean"], better["below"], better["verdict"]) == ("0.67", "+.67* ▲", "better")
    assert (cells["gsm8k", "R1"]["below"], cells["gsm8k", "R1"]["verdict"]) == ("-.33*", "worse")
    assert (cells["aime24", "R1-Zero"]["below"], cells["aime24", "R1-Zero"]["verdict"]) == ("", "same")
    for said in ("Holm", "to R1-Zero, paired", "n 30, k 4", "at most 64 tokens", "drawn 2026-01-31"):
        assert said in chart.caption
    assert ">aime24<" in vega.as_svg(chart)


def test_the_papers_arrow_is_there_where_the_paper_has_both_models(matrix: Matrix) -> None:
    rows = charts.matrix(matrix, "").spec["data"]["values"]
    shown = {row["benchmark"]: row["paper"] for row in rows if row["model"] == "R1"}
    assert shown["aime24"] == "▲"
    assert shown["gsm8k"] == "-"


def test_dollars_are_on_a_log_axis_with_the_frontier_below() -> None:
    answers = [PricedAnswer("o1", "cons@k", k, 0.5 + 0.1 * k, 0.1 * k, 0.2) for k in (1, 2)]
    answers.append(PricedAnswer("dear", "cons@k", 1, 0.4, 1.0, None))
    chart = charts.price(answers, "math500", "prices list, 2025-03-15, somewhere")
    assert [row["solved"] for row in chart.spec["data"]["values"]] == ["$0.2", "$0.2", "none was solved"]
    assert [p["x"] for p in chart.spec["layer"][0]["data"]["values"]] == [0.1, 0.2]
    assert chart.spec["layer"][1]["encoding"]["x"]["scale"]["type"] == "log"
    assert "2025-03-15" in chart.caption
    assert ">o1<" in vega.as_svg(chart)


def test_contamination_is_a_share_with_its_counts_and_accuracies() -> None:
    met = MetInTraining("gsm8k", "rejection_sampling", 200, 10, {"R1": 0.9}, {"R1": 0.5, "Base": 0.1})
    chart = charts.contamination([met])
    (row,) = chart.spec["data"]["values"]
    assert (row["share"], row["shown"], row["accuracy"]) == (0.05, "10 of 200", "R1 0.90 against 0.50")
    assert ">10 of 200<" in vega.as_svg(chart)

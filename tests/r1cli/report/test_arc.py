"""r1cli.report.arc: tasks with what two models answered, and scores beside published ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.report import arc
from r1cli.report.vega import for_page
from r1cli.results.benchmarks import BenchmarkResult, read_benchmarks
from r1cli.store.store import Store
from tests.r1cli.report.fake_arc import evaluated_on_arc

RIGHT, WRONG, LARGER = [[1, 2]], [[1, 3]], [[1, 2], [1, 2]]


@pytest.fixture
def results(tmp_path: Path) -> list[BenchmarkResult]:
    store = tmp_path / "store"
    evaluated_on_arc(store, "r1_zero", {"both": [RIGHT, None], "one": [WRONG, LARGER], "none": [WRONG, WRONG]})
    evaluated_on_arc(store, "all_scenario_rl", {"both": [RIGHT, RIGHT], "one": [WRONG, RIGHT], "none": [None, None]})
    return read_benchmarks(Store(store))


def test_tasks_that_one_of_the_two_solves_come_first(results: list[BenchmarkResult]) -> None:
    (found,) = arc.shown(results)
    assert [task.id for task in found.tasks] == ["one/0", "both/0", "none/0"]
    assert found.asked == 3
    first = found.tasks[0]
    assert len(first.examples) == 3
    said = {model: [(a.attempt, a.verdict, a.right) for a in answers] for model, answers in first.answers.items()}
    assert said == {
        "R1-Zero": [(1, "1 of 2 cells wrong", False), (2, "2 × 2 in place of 1 × 2", False)],
        "R1": [(1, "1 of 2 cells wrong", False), (2, "right", True)],
    }
    assert "differs" in first.answers["R1-Zero"][0].picture
    assert "other-size" in first.answers["R1-Zero"][1].picture
    nothing = found.tasks[2].answers["R1"][0]
    assert (nothing.picture, nothing.verdict) == ("", "no grid")


def test_nothing_that_a_model_wrote_is_in_a_picture(results: list[BenchmarkResult]) -> None:
    (found,) = arc.shown(results)
    drawn = json.dumps([vars(a) for task in found.tasks for answers in task.answers.values() for a in answers])
    assert "script" not in drawn
    assert "onerror" not in drawn


def test_the_chart_names_the_set_of_every_point(results: list[BenchmarkResult]) -> None:
    chart = arc.scores("arc_agi1", results)
    points = chart.spec["data"]["values"]
    ours = {point["system"]: point for point in points if point["whose"] == "ours"}
    assert {name: round(point["score"]) for name, point in ours.items()} == {"R1-Zero": 33, "R1": 67}
    assert {name: point["strict"] for name, point in ours.items()} == {"R1-Zero": 33.33, "R1": 66.67}
    assert {name: point["single"] for name, point in ours.items()} == {"R1-Zero": 16.67, "R1": 50.0}
    published = {(p["system"], p["set"]): p for p in points if p["whose"] == "published"}
    zero = published["R1-Zero", "semi-private"]
    assert (zero["score"], round(zero["low"]), round(zero["high"])) == (14.0, 7, 21)  # of a hundred tasks
    assert published["R1", "public evaluation"]["score"] == 20.5
    assert all(point["set"] and point["tasks"] for point in points)
    assert "not to be compared" in chart.caption
    assert for_page(chart)["marks"]


def test_other_benchmarks_have_no_part_in_it(tmp_path: Path) -> None:
    evaluated_on_arc(tmp_path / "store", "r1_zero", {"a": [RIGHT]}, name="gsm8k")
    assert arc.shown(read_benchmarks(Store(tmp_path / "store"))) == []

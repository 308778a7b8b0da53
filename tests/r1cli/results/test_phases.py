"""Where the time of updates went, as the log of a result has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.results import phases
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def logged(folder: Path, *rows: dict[str, object]) -> Path:
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_every_update_of_a_log_counts_whatever_else_is_logged_at_it(tmp_path: Path) -> None:
    folder = logged(
        tmp_path,
        {"step": 1, "time/rollout": 3.0, "time/forward": 1.0},
        {"step": 1, "train/loss": 0.5},
        {"step": 2, "time/rollout": 1.0, "time/forward": 1.0},
    )
    assert phases.of_result(folder)["rollout"] == 2.0
    assert phases.in_words(phases.of_result(folder)) == "rollout 67 %, forward 33 %"


def test_the_words_are_in_the_order_of_an_update_and_leave_out_what_would_be_nothing(tmp_path: Path) -> None:
    timed = {"time/other": 0.06, "time/backward": 0.34, "time/forward": 0.19, "time/rollout": 0.41}
    folder = logged(tmp_path, {"step": 1, **timed, "time/rewards": 0.0004, "time/checkpoint": 0.0})
    words = phases.in_words(phases.of_result(folder))
    assert words == "rollout 41 %, forward 19 %, backward 34 %, other 6 %"


@pytest.mark.parametrize("value", [None, "soon", float("inf")])
def test_what_is_no_number_is_no_time(value: object, tmp_path: Path) -> None:
    folder = logged(tmp_path, {"step": 1, "time/rollout": value}, {"step": 2, "time/rollout": 2.0})
    assert phases.of_result(folder)["rollout"] == 2.0


def test_a_result_without_a_clock_has_no_times(tmp_path: Path) -> None:
    assert phases.of_result(tmp_path) == {}
    assert phases.of_result(logged(tmp_path, {"step": 1, "train/loss": 0.5})) == {}


def test_stages_come_in_the_papers_order_with_the_mean_over_their_seeds(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.recipe(1)
    stages = phases.of_stages(Lineage(Store(tmp_path).entries()))
    assert [(s.label, s.seeds) for s in stages] == [("R1-Zero", 2), ("Dev2", 2), ("R1", 2)]
    assert stages[0].seconds["rollout"] == pytest.approx(1.5)

"""The matrix of benchmarks: what is comparable, differences problem by problem, corrected for their number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.results.benchmarks import Matrix, read_benchmarks
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import benchmark, model

RIGHT = [1.0] * 12 + [0.0] * 4
HALF = [1.0] * 6 + [0.0] * 10


@pytest.fixture
def store(tmp_path: Path) -> Store:
    base = model(tmp_path, "base")
    zero = model(tmp_path, "r1_zero", inputs={"model": base})
    benchmark(tmp_path, "math500", "base", base, scores=HALF)
    benchmark(tmp_path, "math500", "r1_zero", zero, scores=RIGHT)
    benchmark(tmp_path, "gsm8k", "r1_zero", zero, scores=RIGHT)
    return Store(tmp_path)


def test_a_benchmark_is_a_row_and_a_model_a_column_in_the_papers_order(store: Store) -> None:
    matrix = Matrix.of(read_benchmarks(store))
    assert (matrix.benchmarks, matrix.models) == (("gsm8k", "math500"), ("Base", "R1-Zero"))
    score = matrix.cells["math500", "R1-Zero"].score
    assert score is not None
    assert score.mean == 0.75
    assert ("gsm8k", "Base") not in matrix.cells


@pytest.mark.parametrize("named", ["base", "Base"])
def test_differences_are_paired_and_corrected_for_their_number(store: Store, named: str) -> None:
    benchmark(store.root, "gsm8k", "base", model(store.root, "base", seed=7), scores=HALF)
    matrix = Matrix.of(read_benchmarks(store), named)
    assert matrix.baseline == "Base"
    cell = matrix.cells["math500", "R1-Zero"]
    assert cell.difference is not None
    assert cell.difference.mean == 0.375
    assert (cell.difference.ahead, cell.difference.behind) == (6, 0)
    assert cell.p_holm == pytest.approx(2 * cell.difference.p)
    assert matrix.cells["math500", "Base"].difference is None


def test_problems_of_one_cluster_count_as_one_draw_in_a_difference(store: Store) -> None:
    def error(clusters: Sequence[str] | None, made: float) -> float:
        for node in ("base", "r1_zero"):
            scores = HALF if node == "base" else RIGHT
            of = model(store.root, node, seed=int(made))
            benchmark(store.root, "mgsm", node, of, scores=scores, clusters=clusters, made=made)
        difference = Matrix.of(read_benchmarks(store), "base").cells["mgsm", "R1-Zero"].difference
        assert difference is not None
        return difference.error

    apart = error(None, made=10)
    assert error([str(i // 4) for i in range(16)], made=20) > apart > 0


def test_only_what_was_asked_in_the_same_way_is_compared_and_the_newest_of_it(store: Store) -> None:
    zero = model(store.root, "r1_zero", seed=5)
    benchmark(store.root, "math500", "r1_zero", zero, scores=HALF, made=9, k=64)
    matrix = Matrix.of(read_benchmarks(store))
    assert list(matrix.cells) == [("gsm8k", "R1-Zero"), ("math500", "R1-Zero")]
    assert matrix.cells["math500", "R1-Zero"].results[0].report["k"] == 64


def test_a_server_is_compared_with_models_of_ours_whatever_its_settings(store: Store) -> None:
    benchmark(store.root, "math500", "deepseek-reasoner", "", scores=RIGHT, made=9, generator={"model": "served"})
    assert Matrix.of(read_benchmarks(store)).models == ("Base", "R1-Zero", "deepseek-reasoner")


def test_seeds_are_averaged_problem_by_problem(store: Store) -> None:
    again = model(store.root, "r1_zero", seed=1)
    benchmark(store.root, "math500", "r1_zero", again, scores=HALF, seed=1)
    cell = Matrix.of(read_benchmarks(store), "base").cells["math500", "R1-Zero"]
    assert [result.seed for result in cell.results] == [0, 1]
    assert cell.score is not None
    assert cell.difference is not None
    assert cell.score.mean == 0.5625
    assert cell.difference.mean == 0.1875


def test_a_benchmark_over_groups_is_compared_group_by_group(tmp_path: Path) -> None:
    scores, groups = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0], ["a", "a", "a", "b", "c", "c"]
    for node in ("base", "r1_zero"):
        benchmark(
            tmp_path, "arc_agi1", node, model(tmp_path, node), average="groups", groups=groups,
            scores=scores if node == "base" else [1.0] * 6,
        )  # fmt: skip
    cell = Matrix.of(read_benchmarks(Store(tmp_path)), "base").cells["arc_agi1", "R1-Zero"]
    assert cell.difference is not None
    assert cell.difference.mean == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert cell.difference.clusters == 3


def test_names_choose_rows_and_columns(store: Store) -> None:
    matrix = Matrix.of(read_benchmarks(store), "base")
    assert matrix.only(["math500"]).benchmarks == ("math500",)
    assert matrix.only(["r1_zero"]).models == ("Base", "R1-Zero"), "the baseline stays"
    assert Matrix.of(read_benchmarks(store)).only(["R1-Zero", "gsm8k"]).models == ("R1-Zero",)
    with pytest.raises(ConfigError, match="no benchmark of 'math50'"):
        matrix.only(["math50"])


def test_everything_is_there_as_json(store: Store) -> None:
    [_, first, second] = json.loads(json.dumps(Matrix.of(read_benchmarks(store), "base").as_json()))
    assert (first["name"], first["difference"]) == ("Base", None)
    assert second["checkpoint"] == "r1_zero"
    assert second["score"]["low"] < second["score"]["mean"] == 0.75
    assert {"mean", "low", "high", "p", "p_holm", "n", "ahead", "behind"} <= second["difference"].keys()


def test_a_damaged_report_is_left_out_with_a_warning(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    [report] = store.root.glob("bench_r1_zero_gsm8k-*/out/report.json")
    report.write_text('{"benchmark": "gsm8k"}')
    assert Matrix.of(read_benchmarks(store)).benchmarks == ("math500",)
    assert "damaged" in caplog.text

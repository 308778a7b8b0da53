"""The benchmarks of a suite as nodes of a recipe, and every shipped benchmark with the public files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from r1cli.config.build import build
from r1cli.config.catalogue import options
from r1cli.config.evaluation import build_evaluation
from r1cli.engine.evaluation import benchmark_in
from r1cli.engine.job import Job
from r1cli.engine.plan import plan
from r1cli.errors import ConfigError
from tests.r1cli.fake_evaluations import model


def fingerprints(job: Job) -> dict[str, str]:
    return {row.node.name: row.node.fingerprint for row in plan(job)}


def test_every_checkpoint_of_a_recipe_is_put_to_the_suite_right_after_its_evaluation() -> None:
    nodes = list(build("run", ["recipe=r1_zero", "suite=tiny"]).stages)
    assert nodes == ["base", "eval_base", "bench_base_world", "r1_zero", "eval_r1_zero", "bench_r1_zero_world"]


def test_a_suite_changes_nothing_of_what_is_trained_and_evaluated() -> None:
    plain, with_suite = (fingerprints(build("run", ["recipe=r1_zero", *more])) for more in ([], ["suite=tiny"]))
    assert plain.items() < with_suite.items()


@pytest.mark.parametrize("suite", options("suite"))
def test_every_suite_is_put_to_a_recipe(suite: str, tmp_path: Path) -> None:
    job = build("run", ["recipe=r1_zero", f"suite={suite}", f"paths.data={tmp_path}"])
    named = {benchmark_in(node, options("benchmark")) for node in job.stages} - {None}
    skipped = {remark.split()[1] for remark in job.remarks}
    assert named
    assert not named & skipped


def test_a_stage_that_is_trained_alone_is_put_to_the_suite_too() -> None:
    assert build("train", ["stage=r1_zero", "suite=tiny"]).targets == ("r1_zero", "eval_r1_zero", "bench_r1_zero_world")


def test_until_takes_the_benchmarks_of_what_it_keeps() -> None:
    targets = build("run", ["until=coldstart", "suite=tiny"]).targets
    assert set(targets) == {
        "base", "eval_base", "bench_base_world", "coldstart", "eval_coldstart", "bench_coldstart_world"
    }  # fmt: skip


def test_without_evaluation_no_benchmark_is_asked() -> None:
    assert list(build("run", ["recipe=r1_zero", "suite=tiny", "evaluate=false"]).stages) == ["base", "r1_zero"]


def test_a_stored_model_asked_by_itself_is_the_node_of_its_recipe(tmp_path: Path) -> None:
    made = model(tmp_path, "r1_zero")
    asked = build_evaluation(["suite=tiny", "init=r1_zero", f"paths.store={tmp_path}"])
    node = asked.graph.nodes["bench_r1_zero_world"]
    recipe = build("run", ["recipe=r1_zero", "suite=tiny"]).graph.nodes["bench_r1_zero_world"]
    assert node.identity["inputs"] == {"model": made}
    assert node.identity["config"] == recipe.identity["config"]


def every_benchmark(data: Path) -> dict[str, Any]:
    """Each benchmark that ships and has its file, as its stage."""
    names = ",".join(options("benchmark"))
    job = build_evaluation([f"benchmark={names}", "init=Qwen/Qwen2.5-0.5B", f"paths.data={data}"])
    stages: dict[str, Any] = {stage.benchmark: stage for stage in job.stages.values()}  # type: ignore[attr-defined]
    return {name: stage for name, stage in stages.items() if stage.data.files() or name == "world"}


def test_every_benchmark_says_where_it_is_from_and_how_it_is_asked(tmp_path: Path) -> None:
    names = ",".join(options("benchmark"))
    job = build_evaluation([f"benchmark={names}", "init=Qwen/Qwen2.5-0.5B", f"paths.data={tmp_path}"])
    for stage in job.stages.values():
        assert all(len(getattr(stage, field)) > 2 for field in ("protocol", "source", "licence"))


SIZES = {
    "math500": 250, "gsm8k": 659, "mgsm": 11 * 127, "cmath": 600, "cmath_distractor": 360, "olymmath": 200,
    "gaokao_cloze": 118, "gaokao_choice": 344, "mmlu_stem": 1507, "humaneval": 82, "mbpp": 250, "world": 300,
}  # fmt: skip


def test_the_public_files_are_asked_as_a_whole(shared_data: Path) -> None:
    stages = every_benchmark(shared_data)
    rows = {name: stages[name].chosen_rows() for name in SIZES}
    assert {name: len(of_one) for name, of_one in rows.items()} == SIZES
    languages = Counter(row.language for row in rows["mgsm"])
    assert languages == dict.fromkeys("bn de en es fr ja ru sw te th zh".split(), 127)
    assert len({row.meta["problem"] for row in rows["mgsm"]}) == 127
    answers: dict[int, set[str | None]] = {}
    for row in rows["mgsm"] + rows["olymmath"]:
        answers.setdefault(row.meta["problem"] + 1000 * ("olymmath" in row.id.lower()), set()).add(row.answer)
    assert {len(of_problem) for of_problem in answers.values()} == {1}, "translations have one answer"


def test_a_served_model_is_no_model_of_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "generator").mkdir()
    (tmp_path / "generator/mute.yaml").write_text(
        "# help: replies with nothing, for a test\n_target_: tests.r1cli.mute_generator.Mute\n"
    )
    with pytest.raises(ConfigError, match="a recipe's models reply themselves"):
        build("run", ["recipe=r1_zero", "suite=tiny", "generator=mute"], [tmp_path])
    job = build_evaluation(["suite=tiny", "generator=mute"], [tmp_path])
    assert list(job.stages) == ["bench_world"]
    with pytest.raises(ConfigError, match="replies without a model here"):
        build_evaluation(["suite=tiny", "generator=mute", "init=r1_zero"], [tmp_path])

"""From the line of `r1 eval` to a typed job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.config.evaluation import build_evaluation
from r1cli.engine.job import Job
from r1cli.errors import ConfigError
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import model

NO_FILE_AND_NO_DATASET = {"cmath_distractor", "gaokao_cloze", "gaokao_choice", "mmlu_stem", "mbpp", "arc_agi1_training"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    spec = {"template": "Q: {question}\n", "dtype": "bfloat16", "max_tokens": 9}
    model(folder, "r1_zero", model=spec)
    return folder


def job(store: Path, *overrides: str, **more: Any) -> Job:
    return build_evaluation([f"paths.store={store}", f"paths.data={store.parent / 'nothing'}", *overrides], **more)


def stage(made: Job, name: str) -> Any:
    return made.stages[f"bench_r1_zero_{name}"]


def test_a_suite_is_a_node_for_each_benchmark_and_what_has_no_data_is_skipped_and_said(store: Path) -> None:
    made = job(store, "suite=laptop", "init=r1_zero")
    assert {"bench_r1_zero_world", "bench_r1_zero_math500"} <= set(made.stages)
    assert {remark.split()[1] for remark in made.remarks} == NO_FILE_AND_NO_DATASET
    assert all("no such file" in remark for remark in made.remarks)
    assert not {f"bench_r1_zero_{name}" for name in NO_FILE_AND_NO_DATASET} & set(made.stages)


def test_what_the_hub_does_not_hand_out_is_skipped_when_it_is_about_to_be_asked(store: Path) -> None:
    made = job(store, "benchmark=world,math500", "init=r1_zero", fetch=True)
    assert list(made.stages) == ["bench_r1_zero_world"]
    [remark] = made.remarks
    assert remark.startswith("skipped: math500")
    assert "HuggingFaceH4/MATH-500" in remark


def test_languages_without_a_file_are_left_out_and_said(store: Path) -> None:
    folder = store.parent / "nothing/mgsm"
    folder.mkdir(parents=True)
    for language in ("en", "zh", "de"):
        (folder / f"mgsm_{language}.jsonl").write_text('{"question": "1 + 1?", "answer": "2"}\n')
    made = job(store, "benchmark=mgsm", "init=r1_zero", fetch=True)
    assert list(stage(made, "mgsm").data.parts) == ["de", "en", "zh"]
    assert [row.meta["problem"] for row in stage(made, "mgsm").chosen_rows()] == [0, 0, 0]
    [remark] = made.remarks
    assert remark.startswith("skipped of mgsm: bn, es, fr, ja, ru, sw, te, th (")


def test_a_model_of_the_store_keeps_its_fingerprint_and_its_template(store: Path) -> None:
    [entry] = Store(store).entries()
    made = job(store, "suite=tiny", "init=r1_zero")
    assert made.graph.nodes["bench_r1_zero_world"].identity["inputs"] == {"model": entry.fingerprint}
    assert (stage(made, "world").model.template, stage(made, "world").model.dtype) == ("Q: {question}\n", "bfloat16")
    chosen = job(store, "suite=tiny", "init=r1_zero", "model=qwen2.5-0.5b")
    assert "Q: " not in stage(chosen, "world").model.template
    assert stage(job(store, "suite=tiny", "init=r1_zero", "model.dtype=float32"), "world").model.dtype == "float32"


def test_a_private_store_is_private_to_evaluations_too(store: Path) -> None:
    assert job(store, "suite=tiny", "init=r1_zero", "paths.private=true").private
    assert not job(store, "suite=tiny", "init=r1_zero").private


def test_problems_and_samples_are_no_more_than_the_line_allows(store: Path) -> None:
    full = job(store, "benchmark=world,math500", "init=r1_zero")
    assert (stage(full, "math500").per_prompt, stage(full, "math500").limit) == (16, None)
    few = job(store, "benchmark=world,math500", "init=r1_zero", "samples=8", "problems=10")
    assert (stage(few, "world").per_prompt, stage(few, "math500").per_prompt) == (4, 8)
    assert (stage(few, "world").limit, stage(few, "math500").limit) == (10, 10)
    own = job(store, "benchmark=world", "init=r1_zero", "benchmarks.world.per_prompt=2")
    assert stage(own, "world").per_prompt == 2


def test_one_benchmark_may_draw_in_another_way(store: Path) -> None:
    made = job(store, "benchmark=world,math500", "init=r1_zero", "+benchmarks.world.generator.temperature=0")
    assert (stage(made, "world").generator.temperature, stage(made, "math500").generator.temperature) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        (["suite=tiny"], "init: which model?", "init="),
        (["suite=tiny", "init=r1_zer"], "neither a model", "r1_zero"),
        (["benchmark=math50", "init=r1_zero"], "there is no such benchmark", "math500"),
        (["benchmark=world", "suite=tiny", "init=r1_zero"], "one of them chooses", "leave one out"),
        (["benchmark=gaokao_cloze", "init=r1_zero"], "no benchmark is left (gaokao_cloze:", "paths.data="),
        (["suite=tiny", "init=r1_zero", "samples=0"], "samples: a number", "samples=4"),
        (
            ["suite=tiny", "init=r1_zero", "benchmarks.world.average=mean"],
            "'problems', 'groups' or 'all_of_group'",
            "give another value",
        ),
    ],
)
def test_a_mistake_is_one_line_and_a_hint(store: Path, line: list[str], error: str, hint: str) -> None:
    with pytest.raises(ConfigError) as e:
        job(store, *line)
    assert error in e.value.message
    assert hint in e.value.hint

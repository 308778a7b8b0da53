"""From overrides to typed jobs, on the configuration that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.config.catalogue import conf_dir
from r1cli.config.hydra import command_of
from r1cli.engine.job import Job
from r1cli.engine.plan import plan
from r1cli.errors import ConfigError, RecipeError


def job(*overrides: str, folders: tuple[Path, ...] = ()) -> Job:
    return build(command_of(overrides), overrides, folders)


def fingerprints(job: Job) -> dict[str, str]:
    return {row.node.name: row.node.fingerprint for row in plan(job)}


def test_a_recipe_becomes_typed_stages_with_an_evaluation_after_each_model() -> None:
    made = job()
    assert list(made.stages)[:4] == ["base", "eval_base", "coldstart", "eval_coldstart"]
    assert made.stages["eval_coldstart"].inputs == {"model": "coldstart"}
    assert "eval_rejection_sampling" not in made.stages
    assert "eval_helpful_rm" not in made.stages
    assert (made.name, made.targets, made.external) == ("r1", (), {})


def test_without_evaluation_there_are_only_the_stages_of_the_recipe() -> None:
    assert list(job("recipe=r1_zero", "evaluate=false").stages) == ["base", "r1_zero"]


def test_until_keeps_the_ancestors_of_a_node_and_their_evaluations() -> None:
    assert set(job("until=coldstart").targets) == {"base", "eval_base", "coldstart", "eval_coldstart"}


def test_until_may_name_an_evaluation() -> None:
    assert job("until=eval_base").targets == ("eval_base",)


def test_until_must_name_a_node() -> None:
    with pytest.raises(RecipeError) as e:
        job("until=coldstrt")
    assert "coldstart" in e.value.hint


@pytest.mark.parametrize("stage", ["coldstart", "reasoning_rl", "rejection_sft", "helpful_rm", "all_scenario_rl"])
def test_train_and_run_give_the_same_fingerprints(stage: str, tmp_path: Path) -> None:
    shared = (f"paths.store={tmp_path}", "scale=smoke", "seed=3")
    recipe, single = fingerprints(job(*shared)), fingerprints(job(f"stage={stage}", *shared))
    assert single.items() <= recipe.items()
    assert stage in single


def test_a_stage_with_a_seed_of_its_own_is_evaluated_with_it() -> None:
    stages = job("seed=2", "+stages.base.seed=0").stages
    assert {n: s.seed for n, s in stages.items() if n.startswith("eval_")} == {
        "eval_base": 0, "eval_coldstart": 2, "eval_reasoning_rl": 2, "eval_rejection_sft": 2, "eval_all_scenario_rl": 2,
    }  # fmt: skip
    asked = job("seed=2", "+stages.base.seed=0", "+evaluation.seed=9").stages
    assert {s.seed for n, s in asked.items() if n.startswith("eval_")} == {9}


def test_a_key_of_the_trained_stage_changes_it_and_nothing_upstream(tmp_path: Path) -> None:
    store = f"paths.store={tmp_path}"
    before = fingerprints(job("stage=reasoning_rl", store))
    after = fingerprints(job("stage=reasoning_rl", "reward.weights.language=0.25", store))
    assert {n for n in before if before[n] != after[n]} == {"reasoning_rl", "eval_reasoning_rl"}
    in_recipe = fingerprints(job("stages.reasoning_rl.reward.weights.language=0.25", store))
    assert after["reasoning_rl"] == in_recipe["reasoning_rl"]


def test_train_wants_the_stage_and_its_evaluation() -> None:
    made = job("stage=coldstart")
    assert made.targets == ("coldstart", "eval_coldstart")
    assert list(made.stages) == ["base", "coldstart", "eval_coldstart"]


def test_init_takes_the_place_of_the_node_that_a_stage_starts_from() -> None:
    made = job("stage=coldstart", "init=Qwen/Qwen2.5-0.5B")
    assert "base" not in made.stages
    assert made.stages["coldstart"].inputs["model"] == "Qwen/Qwen2.5-0.5B"
    assert made.external["Qwen/Qwen2.5-0.5B"].kind == "model"


def test_init_of_a_local_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    assert job("stage=coldstart", "init=weights").external["weights"].path == tmp_path / "weights"


def test_init_needs_a_stage_that_starts_from_a_model() -> None:
    with pytest.raises(ConfigError, match="base"):
        job("stage=base", "init=some/model")


def test_a_model_with_weights_of_its_own_replaces_the_base_and_is_evaluated() -> None:
    made = job("model=qwen2.5-1.5b", "model.revision=abc", "recipe=distill")
    assert made.external["base"].location == "Qwen/Qwen2.5-1.5B"
    assert made.external["base"].revision == "abc"
    assert made.external["student_base"].location == "Qwen/Qwen2.5-0.5B"
    assert {"base", "student_base"} & set(made.stages) == set()
    assert "eval_base" in made.stages
    assert "eval_student_base" not in made.stages


def test_a_model_without_a_student_cannot_be_distilled() -> None:
    with pytest.raises(ConfigError, match="student"):
        job("recipe=distill", "model.student=null")


def test_r1_paper_samples_its_cold_start_from_r1_zero() -> None:
    stages = job("recipe=r1_paper").stages
    assert stages["coldstart"].inputs == {"model": "base", "data": "coldstart_data"}
    assert stages["coldstart_data"].inputs == {"model": "r1_zero"}


@pytest.mark.parametrize(
    "line",
    [
        ("stage=coldstart", "data=jsonl", "data.path=my.jsonl"),
        ("data@stages.coldstart.data=jsonl", "stages.coldstart.data.path=my.jsonl"),
    ],
)
def test_chosen_data_takes_the_place_of_the_tasks_as_a_whole(line: tuple[str, ...]) -> None:
    data = job(*line).stages["coldstart"].config()["data"]
    assert data["_target_"] == "r1cli.tasks.mathematics.task.Math"
    assert (data["source"]["path"], data.get("part")) == ("my.jsonl", None)


def test_columns_of_ones_own_file_are_named_as_keys() -> None:
    made = job("stage=coldstart", "data=jsonl", "data.path=my.jsonl", "data.columns.prompt=question")
    assert made.stages["coldstart"].config()["data"]["source"]["columns"] == {"prompt": "question"}


def test_data_of_one_stage_leaves_the_others_with_the_task() -> None:
    stages = job("data@stages.coldstart.data=jsonl", "stages.coldstart.data.path=my.jsonl").stages
    assert stages["base"].config()["data"]["_target_"] == "r1cli.tasks.world.World"


def test_one_stage_may_differ_from_the_shared_model() -> None:
    stages = job("+stages.coldstart.model.max_tokens=100").stages
    assert (stages["coldstart"].model.max_tokens, stages["reasoning_rl"].model.max_tokens) == (100, 224)


def test_references_are_resolved_after_a_stages_own_keys(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    original = (conf_dir() / "stage/coldstart.yaml").read_text()
    mine = original.replace("epochs: ${scale.coldstart.epochs}", "model: {max_tokens: 3}\nepochs: ${model.max_tokens}")
    (tmp_path / "stage/mine.yaml").write_text(mine)
    assert job("stage=mine", folders=(tmp_path,)).stages["mine"].config()["epochs"] == 3


def test_a_stage_may_come_from_another_folder_and_start_from_a_stage_there(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    original = (conf_dir() / "stage/coldstart.yaml").read_text()
    (tmp_path / "stage/first.yaml").write_text(original)
    (tmp_path / "stage/second.yaml").write_text(original.replace("model: base", "model: first"))
    assert list(job("stage=second", "evaluate=false", folders=(tmp_path,)).stages) == ["base", "first", "second"]


def test_a_node_taken_out_is_missed_by_those_that_start_from_it(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="coldstart"):
        plan(job("~stages.coldstart", f"paths.store={tmp_path}"))


def test_an_experiment_of_several_sweeps_is_no_single_run() -> None:
    with pytest.raises(ConfigError, match="experiment=findings is several sweeps") as error:
        job("experiment=findings")
    assert error.value.hint == "r1 run -m experiment=findings"


def test_order_and_sampling_have_seeds_of_their_own_and_invalidate_nothing_at_their_default() -> None:
    plain = job("recipe=r1_zero").graph.fingerprints
    assert job("recipe=r1_zero", "seeds.order=null").graph.fingerprints == plain
    other = job("recipe=r1_zero", "seeds.sampling=7")
    assert other.stages["r1_zero"].config()["sampling_seed"] == 7
    changed = {node for node, fp in other.graph.fingerprints.items() if fp != plain[node]}
    assert changed == {"r1_zero", "eval_r1_zero"}


def test_gates_are_on_where_a_run_is_long_or_the_papers_and_are_no_part_of_a_result() -> None:
    def gates(*overrides: str) -> dict[str, bool]:
        stages = job(*overrides).stages.items()
        return {node: stage.config()["gate"] is not None for node, stage in stages if "gate" in stage.config()}

    assert set(gates("recipe=r1").values()) == {False}
    assert set(gates("recipe=r1_paper").values()) == {True}
    assert set(gates("recipe=r1", "scale=single_gpu").values()) == {True}
    open_gate = job("recipe=r1_paper", "stages.r1_zero.gate=null")
    assert open_gate.graph.fingerprints == job("recipe=r1_paper").graph.fingerprints

"""conf/ as a person sees it."""

from __future__ import annotations

from pathlib import Path

from r1cli.config.catalogue import (
    chosen_by_experiment,
    groups,
    has_option,
    help_line,
    inherited_option,
    model_names,
    options,
    read_option,
)


def test_models_are_called_what_the_paper_calls_them_in_the_order_of_its_table() -> None:
    names = model_names()
    assert list(names.values())[:6] == ["Base", "R1-Zero", "Dev1", "Dev2", "Dev3", "R1"]
    assert names["reasoning_rl"] == "Dev2"


def test_every_named_model_is_made_by_a_stage_or_by_a_recipe() -> None:
    recipes = Path(__file__).parents[3] / "conf/recipe"
    nodes = {*options("stage"), *(line for f in recipes.glob("*.yaml") for line in f.read_text().split())}
    assert all(any(node == n or f"stages.{node}:" in n for n in nodes) for node in model_names())


def test_options_of_further_folders_are_listed_too(tmp_path: Path) -> None:
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale/mine.yaml").write_text("# help: a scale of my own\n")
    assert options("scale", tmp_path)["mine"] == "a scale of my own"
    assert "laptop" in options("scale", tmp_path)
    assert has_option("scale", "mine", tmp_path)
    assert not has_option("scale", "mine")


def test_neither_a_path_nor_what_others_build_on_is_an_option() -> None:
    assert not any(has_option("stage", name) for name in ("_sft", "../stage/coldstart", "nothing"))
    assert all(has_option("stage", name) for name in options("stage"))


def test_a_file_that_says_nothing_has_an_empty_help_line(tmp_path: Path) -> None:
    (tmp_path / "silent.yaml").write_text("a: 1\n")
    assert help_line(tmp_path / "silent.yaml") == ""


def test_groups_are_the_folders_with_yaml_files() -> None:
    assert {"recipe", "stage", "scale"} <= set(groups())


def test_an_experiment_chooses_groups_and_sweeps_over_keys(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment/mine.yaml").write_text("hydra: {sweeper: {params: {reward.weights.language: '0,1'}}}\n")
    assert "recipe" in chosen_by_experiment("r1_vs_zero")
    assert "recipe" in chosen_by_experiment("language_weight")
    assert chosen_by_experiment("mine", tmp_path) == {"reward.weights.language"}
    assert chosen_by_experiment("mine") == set()


def test_an_option_is_read_with_what_its_file_inherits() -> None:
    small, whole = read_option("model", "qwen2.5-1.5b"), inherited_option("model", "qwen2.5-math-1.5b")
    assert whole["shape"] == small["shape"]
    assert whole["path"] == "Qwen/Qwen2.5-Math-1.5B"
    assert whole["template"] == read_option("model", "_hub")["template"]

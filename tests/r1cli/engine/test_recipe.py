from __future__ import annotations

import pytest

from r1cli.engine.recipe import Recipe
from r1cli.errors import RecipeError

R1 = {"coldstart": {"model": "base"}, "rl": {"model": "coldstart"}, "sft": {"model": "base", "data": "rl"}}


def test_nodes_come_after_their_inputs_and_otherwise_as_written():
    given = {"z": {}, "b": {"model": "a"}, "a": {}, "c": {}}
    assert Recipe(given).order() == ["z", "a", "b", "c"]
    assert Recipe(R1, {"base"}).order() == ["coldstart", "rl", "sft"]


def test_a_subgraph_holds_the_targets_and_all_they_need():
    recipe = Recipe({**R1, "other": {"model": "base"}}, {"base"})
    assert recipe.subgraph(["rl"]).order() == ["coldstart", "rl"]
    assert recipe.subgraph(["other"]).order() == ["other"]


def test_an_input_that_names_nothing_gives_the_nearest_name():
    with pytest.raises(RecipeError, match="node 'rl': input 'model' names 'colstart'") as e:
        Recipe({"coldstart": {}, "rl": {"model": "colstart"}})
    assert e.value.hint == "did you mean coldstart?"


def test_an_input_like_nothing_gives_all_names():
    with pytest.raises(RecipeError) as e:
        Recipe({"coldstart": {"model": "xyz"}}, {"base"})
    assert e.value.hint == "known: coldstart, base"


def test_a_target_that_is_no_node_gives_the_nearest_one():
    with pytest.raises(RecipeError, match="'r' is not a node of this recipe") as e:
        Recipe(R1, {"base"}).subgraph(["r"])
    assert "rl" in e.value.hint


def test_a_circle_is_named():
    with pytest.raises(RecipeError, match="a -> c -> b -> a"):
        Recipe({"a": {"x": "c"}, "b": {"x": "a"}, "c": {"x": "b"}})


def test_an_external_name_hides_behind_a_node_of_the_same_name():
    assert Recipe({"base": {}, "rl": {"model": "base"}}, {"base"}).parents("rl") == ["base"]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "-x", "a b", "x" * 61, "a\n", "名", "..", "/etc"])
def test_a_name_that_could_not_be_a_folder_below_the_store_is_refused(name: str):
    with pytest.raises(RecipeError, match="cannot be the name of a node"):
        Recipe({name: {}})

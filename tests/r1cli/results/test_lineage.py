"""Which results belong together: seeds of one recipe, cells of a sweep, the way that leads to a model."""

from __future__ import annotations

from pathlib import Path

from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def lineage(root: Path) -> Lineage:
    return Lineage(Store(root).entries())


def test_seeds_of_one_recipe_are_one_group_a_node(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    fake.recipe(1)
    groups = {g.node: [e.manifest.seed for e in g.entries] for g in lineage(tmp_path).groups}
    assert set(map(tuple, groups.values())) == {(0, 1)}
    assert "eval_base" not in groups


def test_a_recipe_ends_in_its_last_model_and_r1_zero_is_a_way_of_its_own(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    ways = [[g.node for g in arm.groups] for arm in lineage(tmp_path).arms]
    assert ways[0] == ["base", "r1_zero"]
    assert ways[1][0] == "base"
    assert ways[1][-1] == "all_scenario_rl"
    assert ways[1].index("rejection_sampling") < ways[1].index("rejection_sft")


def test_an_unfinished_recipe_ends_where_it_is(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.add("base", 0, "Pretrain")
    fake.add("coldstart", 0, "SFT", {"model": "base"})
    assert [arm.head.node for arm in lineage(tmp_path).arms] == ["coldstart"]


def test_cells_of_a_sweep_do_not_take_the_place_of_the_recipe(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    kept = fake.made["reasoning_rl", 0]
    cell = fake.trained("reasoning_rl", 0, {"model": "coldstart"}, {"accuracy": 1.0, "language": 3.0})
    found = lineage(tmp_path)
    assert cell != kept
    assert [e.manifest.fingerprint for e in found.shown["reasoning_rl"].entries] == [kept]
    assert [arm.head.node for arm in found.arms] == ["r1_zero", "all_scenario_rl"]


def test_of_two_ways_to_the_same_model_the_one_with_more_seeds_is_shown(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0, language=0.5)
    fake.recipe(1, language=0.5)
    more = fake.made["all_scenario_rl", 1]
    fake.recipe(0, language=9.0)
    found = lineage(tmp_path).shown["all_scenario_rl"]
    assert [e.manifest.seed for e in found.entries] == [0, 1]
    assert found.entries[-1].manifest.fingerprint == more

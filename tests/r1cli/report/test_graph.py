"""The recipe as it was run: layers, what was reused, and what it cost."""

from __future__ import annotations

from pathlib import Path

from r1cli.report import graph
from r1cli.results.lineage import Lineage
from r1cli.store import history
from r1cli.store.history import Run
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def steps(root: Path) -> dict[str, graph.RecipeStep]:
    return {s.name: s for s in graph.steps(Lineage(Store(root).entries()), history.recent(root))}


def test_a_node_is_one_layer_behind_the_last_of_its_inputs(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    found = steps(tmp_path)
    layers = {name: node.layer for name, node in found.items()}
    assert (layers["base"], layers["r1_zero"], layers["coldstart"]) == (0, 1, 1)
    assert layers["rejection_sft"] == 4
    assert layers["all_scenario_rl"] == 6
    assert set(found["rejection_sft"].inputs) == {"base", "rejection_sampling"}


def test_reused_counts_runs_that_began_after_a_result_was_there(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    assert steps(tmp_path)["base"].results[0].reused == 1  # the note is written when all is made
    history.record(
        tmp_path, Run(name="again", started=fake.clock + 9, targets=[], nodes={"base": fake.made["base", 0]})
    )
    found = steps(tmp_path)
    assert found["base"].results[0].reused == 2
    assert found["coldstart"].results[0].reused == 1


def test_cost_is_a_mean_over_seeds_and_unknown_where_nothing_was_logged(tmp_path: Path) -> None:
    fake = Fake(tmp_path, steps=10)
    fake.recipe(0)
    fake.steps = 20
    fake.recipe(1)
    found = steps(tmp_path)
    assert found["r1_zero"].cost == graph.Cost(updates=15.0, tokens=1500.0, seconds=5.0)
    assert found["coldstart"].cost == graph.Cost(updates=None, tokens=None, seconds=5.0)


def test_a_thing_from_outside_is_named(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.made["hub", 0] = "0" * 64
    fake.add("coldstart", 0, "SFT", {"model": "hub"})
    path = next(tmp_path.glob("coldstart-*/manifest.json"))
    path.write_text(path.read_text().replace('"location":""', '"location":"Qwen/Qwen2.5-0.5B"'))
    assert steps(tmp_path)["coldstart"].outside == ("Qwen/Qwen2.5-0.5B",)

"""Which cells a line has, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.hydra import Command
from r1cli.errors import ConfigError
from r1cli.sweep import estimate, grid

TWO_RECIPES = ("recipe=r1,r1_zero", "stages.reasoning_rl.reward.weights.language=0,1", "seed=1,2")


@pytest.fixture(autouse=True)
def _two_idle_cores_and_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "cores", lambda: 2)
    monkeypatch.setattr(grid, "free_memory_gib", lambda: 16.0)
    monkeypatch.setattr(grid, "gpu_files", lambda: False)


def cells_of(command: Command, *line: str) -> list[str]:
    sweep = grid.of(command, line)
    assert isinstance(sweep, grid.Grid)
    return [cell.name for cell in sweep.cells]


def test_cells_are_hydras_own_grid_in_hydras_order() -> None:
    found = grid.of("train", ["stage=reasoning_rl", "reward.weights.language=0,1", "seed=range(0,2)"])
    assert [c.name for c in found.cells] == [f"language={w} seed={s}" for w in (0, 1) for s in (0, 1)]
    assert found.cells[1].overrides == ("stage=reasoning_rl", "reward.weights.language=0", "seed=1")


def test_an_experiment_brings_its_own_values_and_the_line_has_the_last_word() -> None:
    assert [c.name for c in grid.of("run", ["experiment=r1_vs_zero"]).cells] == [
        f"recipe={r} seed={s}" for r in ("r1", "r1_zero") for s in (0, 1, 2)
    ]
    assert len(grid.of("run", ["experiment=r1_vs_zero", "seed=7"]).cells) == 2


def test_a_key_of_a_node_that_a_recipe_lacks_is_left_out_of_its_cells() -> None:
    found = grid.of("run", TWO_RECIPES)
    assert [c.name for c in found.cells[:2]] == ["recipe=r1 language=0 seed=1", "recipe=r1 language=0 seed=2"]
    assert [c.name for c in found.cells[4:]] == ["recipe=r1_zero seed=1", "recipe=r1_zero seed=2"]  # each once
    assert len({tuple(job.stages) for job in found.jobs()}) == 2


def test_a_key_of_one_stage_is_left_out_of_the_cells_of_the_other() -> None:
    names = cells_of("train", "stage=coldstart,reasoning_rl", "reward.weights.language=0,1")
    assert names == ["stage=coldstart", "stage=reasoning_rl language=0", "stage=reasoning_rl language=1"]
    line = ["stage=coldstart,reasoning_rl", "steps=3", "scale=smoke", "data=jsonl", "data.path=x"]
    found = grid.of("train", line)
    assert isinstance(found, grid.Grid)
    assert "steps=3" not in found.cells[0].overrides
    assert "steps=3" in found.cells[1].overrides
    assert all("data.path=x" in cell.overrides for cell in found.cells)  # who knows what data=jsonl has


def test_a_launcher_that_the_line_names_gets_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert grid.of("run", ["seed=0,1"]).for_hydra is None
    assert grid.of("run", ["seed=0,1", "hydra/launcher=joblib"]).for_hydra == ("seed=0,1", "hydra/launcher=joblib")
    only_a_number = grid.of("run", ["seed=0,1", "hydra.launcher.n_jobs=2"]).for_hydra
    assert only_a_number is not None
    assert only_a_number[0] == "hydra/launcher=joblib"
    several = grid.of("run", ["hydra/launcher=joblib", *TWO_RECIPES]).for_hydra
    assert several is not None
    assert "++stages.reasoning_rl.reward.weights.language=0,1" in several


def test_a_key_that_no_recipe_has_is_a_mistake() -> None:
    found = grid.of("run", ["recipe=r1,r1_zero", "stages.reasoning_rll.steps=1,2"])
    with pytest.raises(Exception, match="reasoning_rll"):
        found.jobs()


def test_every_cell_is_checked_before_the_first_one_runs() -> None:
    with pytest.raises(ConfigError, match="epochs: input should be a valid integer"):
        grid.of("train", ["stage=coldstart", "epochs=1,two"]).jobs()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("seed=0,1,2",), 2),
        (("seed=0,1,2", "jobs=3"), 3),
        (("seed=0,1", "jobs=3"), 2),  # no more than there are cells
        (("seed=0,1,2", "hardware.processes=2"), 1),
        (("seed=0,1,2", "hydra/launcher=basic"), 1),
        (("seed=0,1,2", "hardware=gpu"), 1),
    ],
)
def test_cells_run_side_by_side_as_far_as_cores_go(line: tuple[str, ...], expected: int) -> None:
    assert grid.of("run", line).at_once == expected


def test_memory_and_a_gpu_set_limits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "cores", lambda: 64)
    assert grid.of("run", ["seed=range(0,20)"]).at_once == grid.MOST_CELLS
    monkeypatch.setattr(grid, "free_memory_gib", lambda: 7.0)
    assert grid.of("run", ["seed=range(0,20)"]).at_once == 3
    monkeypatch.setattr(grid, "gpu_files", lambda: True)
    assert grid.of("run", ["seed=range(0,20)"]).at_once == 1
    assert grid.of("run", ["seed=range(0,20)", "hardware=cpu"]).at_once == 3


def test_jobs_is_a_number_or_auto() -> None:
    with pytest.raises(ConfigError, match="jobs"):
        grid.of("run", ["seed=0,1", "jobs=many"])


def test_a_sweep_has_the_same_name_wherever_it_runs() -> None:
    first = grid.of("run", ["seed=0,1"]).id
    assert first == grid.of("run", ["seed=0,1", "tracking=none", "jobs=1", "hardware=cpu", "paths.store=x"]).id
    assert first != grid.of("run", ["seed=0,2"]).id
    assert grid.of("run", ["experiment=r1_vs_zero"]).id.startswith("r1_vs_zero-")


def test_in_the_ablation_all_cells_share_the_base_and_its_evaluation(tmp_path: Path) -> None:
    found = grid.of("run", ["experiment=r1_vs_zero", f"paths.store={tmp_path}"])
    jobs = found.jobs()
    assert estimate.shared(jobs) == ["base", "eval_base"]
    plan = estimate.plan(found.cells, jobs, at_once=2)
    copies = {n.node: n.copies for n in plan.nodes}
    assert copies["base"] == copies["eval_base"] == 1
    assert copies["coldstart"] == copies["r1_zero"] == copies["eval_all_scenario_rl"] == 3
    assert {job.stages["coldstart"].seed for job in jobs if "coldstart" in job.stages} == {0, 1, 2}


def test_a_search_has_no_cells_that_could_be_listed() -> None:
    found = grid.of("train", ["stage=coldstart", "hydra/sweeper=optuna", "trainer.learning_rate=interval(1e-4,1e-3)"])
    assert isinstance(found, grid.Search)
    assert (found.at_once, found.swept) == (2, ("trainer.learning_rate",))
    assert found.for_hydra is not None
    assert found.for_hydra[:2] == ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")


def test_an_experiment_of_several_lines_is_one_grid_of_all_their_cells() -> None:
    found = grid.of("run", ["experiment=findings_quick", "seed=0,1", "scale=smoke"])
    assert isinstance(found, grid.Grid)
    assert [cell.name for cell in found.cells[:2]] == [
        "experiment=r1_vs_zero recipe=r1 seed=0",
        "experiment=r1_vs_zero recipe=r1 seed=1",
    ]
    assert found.cells[-1].name == "experiment=language_weight language=1 seed=1"
    assert [cell.number for cell in found.cells] == list(range(8))
    assert found.at_once == 2
    assert found.id.startswith("findings_quick-")
    assert found.id != grid.of("run", ["experiment=findings_quick", "scale=smoke"]).id
    jobs = found.jobs()
    assert {job.group for job in jobs} == {found.id}
    # What the first line trains, the second one reuses.
    first, last = jobs[0].graph.fingerprints, jobs[-2].graph.fingerprints
    assert (first["base"], first["coldstart"]) == (last["base"], last["coldstart"])
    assert estimate.shared(jobs) == ["base", "eval_base"]


def test_several_lines_run_in_our_own_processes_only() -> None:
    with pytest.raises(ConfigError, match="hydra/launcher=joblib: experiment=findings_quick is several sweeps"):
        grid.of("run", ["experiment=findings_quick", "hydra/launcher=joblib"])

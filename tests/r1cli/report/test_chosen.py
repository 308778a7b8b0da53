"""Which results a line chooses: commas are several commands, and an experiment brings its own."""

from __future__ import annotations

from r1cli.report import chosen


def test_commas_stand_for_several_commands() -> None:
    assert chosen.cells(["recipe=r1,r1_zero", "seed=0,1", "scale=smoke"]) == [
        ["recipe=r1", "seed=0", "scale=smoke"],
        ["recipe=r1", "seed=1", "scale=smoke"],
        ["recipe=r1_zero", "seed=0", "scale=smoke"],
        ["recipe=r1_zero", "seed=1", "scale=smoke"],
    ]


def test_a_list_and_a_quoted_comma_are_one_value() -> None:
    assert chosen.cells(["stages.x.targets=[a,b]", "name='a,b'"]) == [["stages.x.targets=[a,b]", "name='a,b'"]]


def test_an_experiment_brings_its_sweep_and_the_line_has_the_last_word() -> None:
    recipes = {line for cell in chosen.cells(["experiment=r1_vs_zero"]) for line in cell if line.startswith("recipe=")}
    assert recipes == {"recipe=r1", "recipe=r1_zero"}
    cells = chosen.cells(["experiment=r1_vs_zero", "recipe=r1", "seed=5"])
    assert all("recipe=r1" in cell for cell in cells)
    assert {"recipe=r1", "seed=5", "experiment=r1_vs_zero"} <= set(cells[0])


def test_the_same_line_chooses_the_same_results_as_a_run_would() -> None:
    both = chosen.fingerprints(["recipe=r1_zero", "scale=smoke", "seed=0,1"])
    one = chosen.fingerprints(["recipe=r1_zero", "scale=smoke", "seed=0"])
    assert len(one) == 4  # base, r1_zero and their evaluations
    assert one < both

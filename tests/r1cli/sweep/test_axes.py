"""Keys and values of a line with `-m`."""

from __future__ import annotations

from r1cli.sweep.axes import axes_of, combinations, partial_keys, roots


def test_values_are_hydras_and_the_last_word_counts_at_the_first_place() -> None:
    axes = axes_of(["seed=range(0,3)", "recipe=r1,r1_zero", "seed=7,8", "stages.base.steps=interval(1,9)", "a.b='x,y'"])
    assert axes == {
        "seed": ["7", "8"], "recipe": ["r1", "r1_zero"], "stages.base.steps": [], "a.b": ["'x,y'"],
    }  # fmt: skip


def test_keys_of_stages_wait_until_it_is_known_which_stages_there_are() -> None:
    line = ["recipe=r1,r1_zero", "scale=smoke", "hardware.device=cpu", "stages.base.seed=0", "steps=3", "seed=1,2"]
    assert roots(line) == ["recipe=r1", "scale=smoke", "hardware.device=cpu", "seed=1"]


def test_a_combination_has_only_the_keys_that_its_recipe_has() -> None:
    axes = axes_of(["recipe=r1,r1_zero", "stages.coldstart.seed=0,1"])
    partial = partial_keys("run", axes, ["recipe=r1,r1_zero"], ())
    assert partial == {"stages.coldstart.seed": {"r1"}}
    assert list(combinations("run", axes, partial)) == [
        ("recipe=r1", "stages.coldstart.seed=0"),
        ("recipe=r1", "stages.coldstart.seed=1"),
        ("recipe=r1_zero",),
        ("recipe=r1_zero",),
    ]

"""Keys of a composed configuration, as they go into the cache."""

from __future__ import annotations

from r1cli.terminal.completion import from_hydra


def test_types_say_which_values_a_key_takes_and_what_it_is_for() -> None:
    keys = from_hydra.keys("train", ["stage=reasoning_rl"])["keys"]
    assert keys["hardware.device"]["values"] == ["auto", "cpu", "cuda"]
    assert keys["evaluate"]["values"] == ["true", "false"]
    assert keys["paths.store"]["files"]
    assert keys["trainer.learning_rate"]["now"] is not None


def test_before_a_stage_is_chosen_only_what_all_stages_have_is_known() -> None:
    undecided = from_hydra.keys("train", [])
    assert undecided["groups"]["stage"] is None
    assert not any(key.startswith("trainer.") for key in undecided["keys"])

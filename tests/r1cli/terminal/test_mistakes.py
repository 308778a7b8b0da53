"""Hydra's errors in the words of the person who typed the line. The table of whole lines is in test_app.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.hydra import ComposingFailed, compose
from r1cli.terminal.mistakes import in_plain_words, keys_of


def mistake(command: str, *overrides: str, folders: tuple[Path, ...] = ()) -> tuple[str, str]:
    with pytest.raises(ComposingFailed) as e:
        compose(command, overrides, folders=folders)
    told = in_plain_words(e.value)
    assert told is not None
    return told.message, told.hint


def test_a_key_of_the_trained_stage_is_named_as_it_was_typed() -> None:
    message, hint = mistake("train", "stage=coldstart", "trainer.lerning_rate=1")
    assert message == "trainer.lerning_rate: there is no such key"
    assert hint.startswith("did you mean trainer.learning_rate?")
    assert "stages.coldstart" not in hint


def test_a_key_below_a_reference_says_where_the_reference_leads() -> None:
    message, hint = mistake("run", "stages.coldstart.data.count=5")
    assert "data.count" in message
    assert "change task.coldstart.count" in hint
    assert "data@stages.coldstart.data=<option>" in hint


def test_a_group_that_the_stage_does_not_have_is_no_key_of_it() -> None:
    message, _ = mistake("train", "stage=coldstart", "reward=shaped")
    assert message == "reward: there is no such key"


def test_nothing_to_delete_names_the_nearest_key() -> None:
    assert mistake("train", "stage=coldstart", "~trainer.lerning_rate") == (
        "~trainer.lerning_rate: there is nothing to take out",
        "did you mean trainer.learning_rate?",
    )


def test_a_file_that_asks_for_an_option_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale/mine.yaml").write_text("defaults: [lptop]\n")
    message, hint = mistake("run", "scale=mine", folders=(tmp_path,))
    assert message == "scale=lptop: there is no such scale [asked for by scale/mine]"
    assert hint == "did you mean scale=laptop?"


def test_an_error_that_nobody_has_words_for_keeps_hydras_first_line() -> None:
    error = ComposingFailed(ValueError("odd\nmore"), config_name="run", overrides=[], folders=[], stage=None)
    told = in_plain_words(error)
    assert told is not None
    assert told.message == "odd"


def test_an_error_that_is_none_of_hydras_is_left_alone() -> None:
    assert in_plain_words(ValueError("a bug")) is None


def test_keys_of_train_are_those_of_its_stage_beside_the_roots() -> None:
    composed = compose("train", ["stage=coldstart"])
    keys = keys_of(composed.config, composed.stage)
    assert {"epochs", "trainer.learning_rate", "seed", "paths.store"} <= set(keys)
    assert not any(key.startswith("stages") for key in keys)

"""Mistakes in values and references, in the keys that people type."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import OmegaConf
from pydantic import BaseModel, ConfigDict

from r1cli.config.mistakes import MOST_MISTAKES, ConfigPiece, reference_errors, value_errors
from r1cli.errors import ConfigError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rate: float


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inner: Inner
    steps: int


def piece(prefix: str = "stages.sft.", folder: Path | None = None, **choices: str) -> ConfigPiece:
    return ConfigPiece(prefix, "sft", frozenset({"seed"}), (folder,) if folder else (), choices)


def refused(plain: dict[str, object], where: ConfigPiece) -> ConfigError:
    with pytest.raises(ConfigError) as e, value_errors(plain, where):
        Outer.model_validate(plain)
    return e.value


def test_a_wrong_value_names_its_key_and_what_was_given() -> None:
    error = refused({"inner": {"rate": "fast"}, "steps": 1}, piece())
    assert error.message.startswith("stages.sft.inner.rate: input should be a valid number")
    assert "(got 'fast')" in error.message
    assert error.hint == "give another value: stages.sft.inner.rate=<value>"


def test_keys_of_the_trained_stage_have_no_prefix() -> None:
    error = refused({"inner": {"rate": "fast"}, "steps": 1}, piece(""))
    assert error.message.startswith("inner.rate: ")


def test_a_misspelt_key_comes_before_the_missing_one_that_it_explains() -> None:
    error = refused({"inner": {"rat": 1.0}, "steps": 1}, piece())
    assert error.message.startswith("stages.sft.inner.rat: there is no such key")


def test_only_the_first_mistakes_are_named() -> None:
    error = refused({"inner": {"rate": 1.0}, "steps": 1, **{f"x{i}": i for i in range(5)}}, piece())
    assert error.message.count("there is no such key") == MOST_MISTAKES
    assert error.message.endswith("; and 2 more")


def test_the_line_that_sets_a_wrong_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage/sft.yaml").write_text("inner:\n  rate: fast # why not\nsteps: 1\n")
    monkeypatch.chdir(tmp_path)
    error = refused({"inner": {"rate": "fast"}, "steps": 1}, piece(folder=tmp_path))
    assert error.message.endswith("[stage/sft.yaml:2]")


def test_a_reference_that_leads_nowhere_names_the_option_that_lacks_it() -> None:
    config = OmegaConf.create({"scale": {"steps": 1}, "epochs": "${scale.epochs}"})
    with pytest.raises(ConfigError) as e, reference_errors(piece(scale="laptop")):
        _ = config.epochs
    assert e.value.message == "stages.sft.epochs: ${scale.epochs} leads nowhere"
    assert e.value.hint.startswith("scale=laptop does not set epochs")


def test_a_value_that_nobody_filled_in_is_missing() -> None:
    config = OmegaConf.create({"path": "???"})
    with pytest.raises(ConfigError, match="stages.sft.path: a value is missing"), reference_errors(piece()):
        _ = config.path

"""Devices and guesses of conf/: valid, in order, and each with a source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from benchmarks.bill import device_named, prices_of
from r1cli.config.catalogue import conf_dir, options
from r1cli.cost.device import GUESSED, GuessedWork
from r1cli.machine import free_memory_gib

DEVICES = [name for name in options("device") if name != "auto"]


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_is_valid_and_every_guess_has_a_value(name: str) -> None:
    prices = prices_of(name)
    assert prices.device.name == name
    assert prices.guesses.keys() == set(GUESSED)
    assert prices.device.memory > 0


def test_guesses_go_upwards() -> None:
    good = dict.fromkeys(GuessedWork.model_fields, (1, 2, 3))
    assert GuessedWork.model_validate(good).kept == (1, 2, 3)
    with pytest.raises(ValidationError, match="none below the one before"):
        GuessedWork.model_validate({**good, "kept": (2, 1, 3)})


def test_the_memory_of_a_cpu_is_what_is_free_now() -> None:
    assert device_named("cpu").memory / 2**30 == pytest.approx(free_memory_gib(), rel=0.5)


def test_every_gpu_says_where_its_numbers_come_from() -> None:
    for name in DEVICES:
        text = (conf_dir() / f"device/{name}.yaml").read_text()
        assert any(word in text for word in ("datasheet", "report", "ours")), name

"""The device of a command line, and what a pilot has measured of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.bill import prices
from r1cli.bill.prices import device_of, keep_measured, prices_of, read_measured
from r1cli.config.build import build_from
from r1cli.config.hydra import compose
from r1cli.errors import ConfigError


def _device(*overrides: str) -> str:
    composed = compose("run", ["recipe=r1_zero", *overrides])
    return device_of(composed, build_from(composed).hardware).name


def test_auto_is_the_gpu_that_the_driver_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "NVIDIA A100-SXM4-80GB")
    assert _device() == "a100"
    assert _device("hardware=cpu") == "cpu"
    assert _device("device=t4") == "t4"


def test_without_a_gpu_auto_is_the_cpu_unless_the_hardware_asks_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "")
    assert _device() == "cpu"
    assert _device("hardware=gpu") == "h100"


def test_the_cpu_that_auto_becomes_is_the_one_of_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "")
    composed = [compose("run", ["recipe=r1_zero", f"device={name}", "device.flops=7e9"]) for name in ("auto", "cpu")]
    found, named = (device_of(c, build_from(c).hardware) for c in composed)
    assert found == named


def test_an_unknown_gpu_is_an_error_that_lists_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "Voodoo 2")
    with pytest.raises(ConfigError, match="Voodoo 2") as caught:
        _device()
    assert "h100" in caught.value.hint


def test_keys_of_the_device_count_for_the_one_that_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "NVIDIA H200")
    composed = compose("run", ["recipe=r1_zero", "device.count=16"])
    assert device_of(composed, build_from(composed).hardware).count == 16


def test_what_was_measured_takes_the_place_of_guesses(tmp_path: Path) -> None:
    composed = compose("run", ["recipe=r1_zero", "device=cpu"])
    hardware = build_from(composed).hardware
    assert prices_of(composed, hardware, tmp_path).measured == frozenset()
    keep_measured(tmp_path, "cpu", "tiny", {"mfu": 0.2}, "three rollouts")
    found = prices_of(composed, hardware, tmp_path)
    assert found.measured == {"mfu"}
    low, likely, high = found.guesses["mfu"]
    assert low < likely == 0.2 < high
    assert read_measured(tmp_path, "cpu", "another") is None

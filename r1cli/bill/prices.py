"""What a bill is computed with: the device, the guesses, and what a pilot has measured in their place."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from r1cli.bill.bill import BillPrices
from r1cli.config.catalogue import options, read_option
from r1cli.config.hydra import Composed, compose
from r1cli.config.stages import component
from r1cli.cost.device import Device, Guess, GuessedWork, guesses_of
from r1cli.engine.hardware import Hardware
from r1cli.errors import ConfigError
from r1cli.files import write_durably, writing
from r1cli.layout import PILOT

AUTO, CPU, UNSEEN_GPU = "auto", "cpu", "h100"
SHARES = frozenset({"mfu", "mean_completion", "mean_demonstration", "decode_flops", "decode_bandwidth"})
"""Guesses that cannot be more than 1."""
SPREAD = 1.25
"""A measured value may be off by this factor either way."""


class Measured(BaseModel):
    """What a pilot found out: `<store>/.pilot/<device>-<model>.json`."""

    device: str
    """Its name in conf/device/."""
    model: str
    values: dict[str, float]
    """Guess -> what it is here."""
    when: float
    """Seconds since the epoch."""
    says: str
    """What was run, for people."""


def prices_of(composed: Composed, hardware: Hardware, store: Path) -> BillPrices:
    """Device and guesses of a command line, with what a pilot in this store has measured.

    Raises:
        ConfigError: the GPU of this machine is none that conf/device/ knows.
    """
    device = device_of(composed, hardware)
    guesses = component(composed, "r1cli.cost.device.GuessedWork", "bill")
    assert isinstance(guesses, GuessedWork)
    known = guesses_of(device, guesses)
    found = read_measured(store, device.name, str(composed.config.model.name))
    if found is None:
        return BillPrices(device, known)
    measured: dict[str, Guess] = {}
    for name, value in found.values.items():
        most = 1.0 if name in SHARES else float("inf")
        measured[name] = (value / SPREAD, value, max(value, min(most, value * SPREAD)))
    return BillPrices(device, {**known, **measured}, frozenset(measured))


def device_of(composed: Composed, hardware: Hardware) -> Device:
    """The device of a command line; for `auto`, that of this machine."""
    device = _built(composed)
    if device.name != AUTO:
        return device
    name = _of_this_machine(hardware, composed.folders)
    if name == CPU:
        return device.model_copy(update={"name": CPU})  # `auto` begins as the CPU: composing again is not needed
    own = [o for o in composed.typed_overrides if o.startswith("device.")]
    return _built(compose(f"device/{name}", own, folders=composed.folders))


def measured_path(store: Path, device: str, model: str) -> Path:
    """Where a pilot of this device and model keeps what it found."""
    return store.expanduser() / PILOT / f"{device}-{model}.json"


def read_measured(store: Path, device: str, model: str) -> Measured | None:
    """The last pilot's findings; None if there are none that can be read."""
    try:
        return Measured.model_validate_json(measured_path(store, device, model).read_bytes())
    except (OSError, ValidationError):
        return None


def keep_measured(store: Path, device: str, model: str, values: dict[str, float], says: str) -> Measured:
    """Remember what a pilot found.

    Raises:
        StoreError: the store cannot be written.
    """
    measured = Measured(device=device, model=model, values=values, when=time.time(), says=says)
    path = measured_path(store, device, model)
    with writing(store):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, measured.model_dump_json(indent=1))
    return measured


def _built(composed: Composed) -> Device:
    device = component(composed, "r1cli.cost.device.Device", "device")
    assert isinstance(device, Device)
    return device


def _of_this_machine(hardware: Hardware, folders: Sequence[Path]) -> str:
    name = "" if hardware.device == "cpu" else _gpu_name()
    if not name:
        return UNSEEN_GPU if hardware.device == "cuda" else CPU
    for option in options("device", *folders):
        plain = read_option("device", option, *folders)
        if plain.get("matches") and re.search(str(plain["matches"]), name):
            return option
    known = ", ".join(options("device", *folders))
    raise ConfigError(f"nothing in conf/device/ describes the GPU '{name}'", hint=f"give one of device={known}")


def _gpu_name() -> str:
    """What the driver calls the first GPU; empty without one."""
    try:
        asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout.partition("\n")[0].strip() if answer.returncode == 0 else ""

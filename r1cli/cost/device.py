"""`conf/device/`: what one device can do, and what is guessed about how much of it a training reaches."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from r1cli.component import Component
from r1cli.cost.memory import GIB, RESERVE_GIB
from r1cli.machine import free_memory_gib

Guess = Annotated[tuple[float, float, float], Field(min_length=3, max_length=3)]
"""The lowest value that is seen in practice, a likely one, and the highest."""


class Device(Component):
    """`conf/device/*.yaml`: one accelerator, or a machine's CPU as a whole."""

    name: str
    is_gpu: bool
    matches: str | None = None
    """Regular expression that is found in the name which the driver gives to the device."""
    count: PositiveInt | Literal["auto"] = "auto"
    """Devices that are paid for; auto: what `hardware` says, else one."""
    per_machine: PositiveInt = 1
    flops: PositiveFloat
    """Dense floating-point operations a second in the precision of training."""
    bandwidth: PositiveFloat
    """Bytes a second between memory and arithmetic."""
    memory_gib: PositiveFloat | Literal["auto"]
    """auto: what this machine has free now."""
    usd_per_hour: Guess
    """Of one device."""
    mfu: Guess
    """Share of `flops` that a training reaches (model FLOPs utilisation; Chowdhery et al., PaLM, appendix B)."""
    decode_bandwidth: Guess
    """Share of `bandwidth` that drawing completions reaches."""
    decode_flops: Guess
    """Share of `flops` that drawing completions reaches, where many are drawn at once."""
    step_s: Guess
    """Of each token's step beside reading weights and cache: launching kernels, sampling, collectives."""
    rollout_s: Guess
    """Of each rollout beside drawing and learning: weights to the engine, rewards, data."""

    @property
    def memory(self) -> float:
        """Bytes that a training can have."""
        gib = free_memory_gib() if self.memory_gib == "auto" else self.memory_gib
        return (gib - (RESERVE_GIB if self.is_gpu else 0)) * GIB

    @model_validator(mode="after")
    def _in_order(self) -> Device:
        refuse_disorder(self)
        return self


class GuessedWork(Component):
    """`bill` in conf/config.yaml: what no configuration knows of the work itself."""

    mean_completion: Guess
    """Mean length of a completion, as a share of the longest."""
    mean_demonstration: Guess
    """Mean length of what fine-tuning, pretraining and reward models read after a prompt, as a share of the longest."""
    prompt_tokens: Guess
    """Mean length of a prompt, its template included."""
    kept: Guess
    """Share of what rejection sampling may keep that it does keep."""
    rows: Guess
    """Rows of a data set whose size the configuration does not say."""
    repeats: Guess
    """How often the work is done in all: runs that fail, and those before the last one."""

    @model_validator(mode="after")
    def _in_order(self) -> GuessedWork:
        refuse_disorder(self)
        return self


@dataclass(frozen=True)
class Assumed:
    """One value for each thing that is guessed; the units are those of `Device` and `GuessedWork`."""

    usd_per_hour: float
    mfu: float
    decode_bandwidth: float
    decode_flops: float
    step_s: float
    rollout_s: float
    mean_completion: float
    mean_demonstration: float
    prompt_tokens: float
    kept: float
    rows: float
    repeats: float


GUESSED = tuple(field.name for field in fields(Assumed))


def guesses_of(device: Device, guesses: GuessedWork) -> dict[str, Guess]:
    """Name -> (lowest, likely, highest) of all that is guessed."""
    return {name: getattr(device if name in type(device).model_fields else guesses, name) for name in GUESSED}


def refuse_disorder(component: Device | GuessedWork) -> None:
    """See that the three values of each guess go upwards.

    Raises:
        ValueError: those of one do not, or one is negative.
    """
    for name in set(GUESSED) & type(component).model_fields.keys():
        low, likely, high = getattr(component, name)
        if not 0 <= low <= likely <= high:
            raise ValueError(f"{name}: three values, none below the one before it, are wanted")

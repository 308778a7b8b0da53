"""`conf/hardware/`: what a user says about the machine, before it is known what is there."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from r1cli.component import Component
from r1cli.stage import Precision


class Hardware(Component):
    """`conf/hardware/*.yaml`."""

    name: str
    device: Literal["auto", "cpu", "cuda"]
    processes: PositiveInt | Literal["auto"]
    """Processes per node; auto: one on a CPU, one a GPU otherwise."""
    threads: PositiveInt | Literal["auto"] = "auto"
    """Threads of each process; auto: the cores, shared out among all processes of all cells that run at once."""
    per_device_batch: PositiveInt
    """Most sequences that one device takes in one forward pass; accumulation makes up the rest."""
    sampling_rows: PositiveInt | Literal["auto"] = "auto"
    """Completions that one device draws at a time; what they say does not depend on it."""
    tokens_per_forward: PositiveInt | Literal["auto"] = "auto"
    """Tokens of one forward pass of GRPO, padding included; auto: what is fast on a CPU, what fits on a GPU."""
    precision: Precision = "auto"
    """Of matrix products while training; auto: bf16 where the GPU has it, fp16 on an older one, fp32 on a CPU."""

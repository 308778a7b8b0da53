"""`conf/hardware/`: what a user says about the machine, before it is known what is there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from pydantic import PositiveInt

from r1cli.component import Component
from r1cli.errors import ConfigError
from r1cli.machine import cores
from r1cli.stage import Precision, Strategy

SAMPLING_ROWS = {True: 256, False: 128}
"""Completions that a GPU, or a CPU, draws at a time where `sampling_rows` is auto."""


class Hardware(Component):
    """`conf/hardware/*.yaml`."""

    name: str
    device: Literal["auto", "cpu", "cuda"]
    processes: PositiveInt | Literal["auto"]
    """Processes per node; auto: one on a CPU, one a GPU otherwise."""
    strategy: Strategy = "ddp"
    """How the processes share a model: each holds all of it (ddp), or a part (fsdp2, zero2, zero3)."""
    nodes: PositiveInt = 1
    """Machines, each with as many processes."""
    replicas: PositiveInt | Literal["auto"] = "auto"
    """Copies of the model that fsdp2 keeps; auto: one a machine of several processes, and weights travel within it."""
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

    def copies(self, processes: int) -> int:
        """Copies of the model among all processes, with a look at whether the strategy can be had.

        Raises:
            ConfigError: there is nothing to shard, DeepSpeed is missing, or the copies would not be equal.
        """
        if self.strategy != "ddp" and processes == 1:
            raise ConfigError(
                f"hardware.strategy={self.strategy} spreads a model over processes, and here is one",
                hint="set hardware.processes, or use hardware=gpu or hardware=cpu",
            )
        if self.strategy.startswith("zero") and find_spec("deepspeed") is None:
            raise ConfigError(
                f"hardware.strategy={self.strategy} needs DeepSpeed", hint="pip install 'r1cli[deepspeed]'"
            )
        if self.replicas == "auto":
            return self.replicas_of(processes)
        if self.replicas > 1 and self.strategy != "fsdp2":
            raise ConfigError(
                f"hardware.replicas is not for {self.strategy}", hint="leave it auto, or use hardware=fsdp2"
            )
        if self.replicas == processes and processes > 1:
            raise ConfigError(
                f"{processes} copies of a model on {processes} processes leave nothing to shard",
                hint="set hardware.replicas lower, or use hardware=ddp",
            )
        if processes % self.replicas:
            raise ConfigError(
                f"{processes} processes do not make {self.replicas} equal copies of a model",
                hint="set hardware.replicas to a divisor of the number of processes",
            )
        return self.replicas

    def replicas_of(self, processes: int) -> int:
        """Copies of the model among all processes, whether or not the strategy can be had here."""
        if self.replicas != "auto":
            return self.replicas
        return self.nodes if self.strategy == "fsdp2" and processes > self.nodes else 1

    def threads_of(self, processes: int, *, at_once: int = 1) -> int:
        """Threads of each process: of so many on each machine, in each of the commands that run at once."""
        # More threads than cores is no small loss: they spin while they wait for each other.
        return max(1, cores() // (at_once * processes)) if self.threads == "auto" else self.threads

    def rows_at_once(self, *, on_gpu: bool) -> int:
        """Completions that one device draws at a time."""
        return self.sampling_rows if self.sampling_rows != "auto" else SAMPLING_ROWS[on_gpu]

"""Seconds of work on some devices: drawing completions, and reading sequences with and without gradients.

A rollout ends with its longest completion, so drawing has a part that no device buys back, `longest * seconds per
token`, beside what memory bandwidth and arithmetic bound. A token's forward pass takes 2 operations a parameter and
its backward pass 4 (Kaplan et al., arXiv:2001.08361, section 2.1), and causal attention comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass

from r1cli.cost.device import Assumed, Device
from r1cli.cost.shape import ModelShape

FORWARD, BACKWARD = 1.0, 2.0
"""In forward passes; with adapters the backward pass computes no gradients of the frozen weights, and is 1."""
EXPERTS_TOUCHED_BY = 32
"""Sequences that are decoded together until about all experts are read at every step."""


@dataclass(frozen=True)
class Devices:
    """Devices that work together."""

    device: Device
    devices: int
    per_engine: int
    """Devices that one copy of the model for drawing is cut over."""
    sequences: int
    """Most completions that one engine draws at a time."""

    @property
    def engines(self) -> float:
        return self.devices / self.per_engine


def engine_size(shape: ModelShape, device: Device, devices: int) -> int:
    """The fewest devices, a power of two, on half of whose memory the weights fit in 2 bytes each; at most all."""
    size = 1
    while size < devices and 2 * shape.total > size * device.memory / 2:
        size *= 2
    return min(size, devices)


def with_attention(shape: ModelShape, context: float) -> float:
    """Operations of a token in units of 2 a parameter: attention to `context` tokens on the mean comes on top."""
    return 1 + shape.layers * shape.hidden * context / shape.active


def reading_s(
    shape: ModelShape, cluster: Devices, assumed: Assumed, *, tokens: float, context: float, passes: float
) -> float:
    """Wall seconds to read `tokens` in sequences of `context`, each in `passes` forward passes' worth of arithmetic."""
    operations = tokens * 2 * shape.active * passes * with_attention(shape, context / 2)
    return operations / (cluster.devices * cluster.device.flops * assumed.mfu)


@dataclass(frozen=True)
class Rollout:
    """Completions that are awaited together."""

    completions: float
    per_prompt: int
    mean: float
    """Tokens."""
    longest: float
    """Tokens of the longest of them."""
    prompt: float
    """Tokens."""


def step_s(shape: ModelShape, cluster: Devices, assumed: Assumed, together: float) -> float:
    """Seconds between two tokens of a completion, the cache left out, while an engine draws `together` of them."""
    share = 1.0 if shape.dense else min(1.0, shape.active / shape.total + together / EXPERTS_TOUCHED_BY)
    read = 2 * shape.total * share / (cluster.per_engine * cluster.device.bandwidth * assumed.decode_bandwidth)
    return read + assumed.step_s


def drawing_s(shape: ModelShape, cluster: Devices, assumed: Assumed, rollout: Rollout) -> float:
    """Wall seconds until all completions of a rollout are there."""
    mine = rollout.completions / cluster.engines
    together = min(cluster.sequences, mine)
    steps = max(rollout.longest, mine * rollout.mean / together)
    bandwidth = cluster.per_engine * cluster.device.bandwidth * assumed.decode_bandwidth
    cache = mine * rollout.mean * 2 * shape.kv_values * (rollout.prompt + rollout.mean / 2) / bandwidth
    computed = mine * (rollout.mean + rollout.prompt / rollout.per_prompt)
    arithmetic = computed * 2 * shape.active / (cluster.per_engine * cluster.device.flops * assumed.decode_flops)
    return steps * step_s(shape, cluster, assumed, together) + cache + arithmetic

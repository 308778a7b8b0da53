"""The paper's own results (conf/paper.yaml), to be set beside ours: for their shape, never as a target."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from r1cli.config.catalogue import conf_dir


class Benchmark(BaseModel):
    """One row of the paper's stage table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    short: str
    """For the heading of a narrow column."""
    beside: str
    """The measure of ours that it is like."""
    unit: str
    values: dict[str, float]
    """By node."""


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """What the paper reports of the checkpoints of this recipe."""
    import yaml

    plain = yaml.safe_load((conf_dir() / "paper.yaml").read_text(encoding="utf-8"))
    return tuple(Benchmark.model_validate(b) for b in plain["benchmarks"])


def of(checkpoint: str) -> dict[str, float]:
    """Name of a benchmark -> the paper's result of this checkpoint."""
    return {b.name: b.values[checkpoint] for b in benchmarks() if checkpoint in b.values}

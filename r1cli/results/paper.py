"""The paper's own results (conf/paper.yaml), shown beside ours: for their shape, never as a target.

The same file has the paper's names of the models and their order in its stage table.
"""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from r1cli.config.catalogue import conf_dir, model_names


class PublishedBenchmark(BaseModel):
    """One row of the paper's stage table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    benchmark: str = ""
    """The file of conf/benchmark/ that asks the same; empty where there is none."""
    values: dict[str, float]
    """By node."""


@cache
def benchmarks() -> tuple[PublishedBenchmark, ...]:
    """What the paper reports of the checkpoints of this recipe."""
    import yaml

    content = yaml.safe_load((conf_dir() / "paper.yaml").read_text(encoding="utf-8"))
    return tuple(PublishedBenchmark.model_validate(b) for b in content["benchmarks"])


def results_of(checkpoint: str) -> dict[str, float]:
    """Name of a benchmark -> the paper's result of this checkpoint."""
    return {b.name: b.values[checkpoint] for b in benchmarks() if checkpoint in b.values}


def name_of(node: str) -> str:
    """The paper's name of a node's model; the node's own name where the paper has none."""
    return model_names().get(node, node)


def place(node: str) -> tuple[int, str]:
    """For sorting: the paper's models in the paper's order, then all others by name."""
    order = list(model_names())
    return (order.index(node) if node in order else len(order), node)

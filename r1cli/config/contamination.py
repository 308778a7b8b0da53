"""What `r1 eval --contamination` compares: the benchmarks of a suite with the rows that a task trains on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.config.benchmarks import Benchmarks
from r1cli.config.evaluation import compose_evaluation
from r1cli.config.hydra import hydra_ready
from r1cli.config.mistakes import ConfigPiece, reference_errors, value_errors
from r1cli.config.stages import ComposedStages, plain_data

if TYPE_CHECKING:
    from r1cli.stage import Stage
    from r1cli.tasks.base import Task

TRAINING = (
    "corpus", "coldstart", "reasoning", "rejection", "general_demonstrations", "general", "helpful_pairs",
    "harmless_pairs",
)  # fmt: skip
"""Roles of a task whose rows a model reads in training."""
TASK = "task="


@dataclass(frozen=True)
class Comparison:
    """Benchmarks, and the rows to look for them in."""

    benchmarks: Mapping[str, Stage]
    """By name; each has `data` and `gated`."""
    skipped: Mapping[str, str]
    """Benchmark -> why it is left out."""
    training: Mapping[str, Task]
    """By role."""


def build_comparison(overrides: Sequence[str], folders: Sequence[Path] = ()) -> Comparison:
    """What a command line asks for: `suite=` or `benchmark=` on one side, `task=` on the other.

    Raises:
        ConfigError: a key, a value, a group or a reference is wrong.
    """
    with hydra_ready():
        composed = compose_evaluation(_with_task(overrides), folders)
        nodes = ComposedStages(composed)
        benchmarks = Benchmarks.of(nodes, fetch=True)
        return Comparison(benchmarks.stages, benchmarks.skipped, _training(nodes))


def _with_task(overrides: Sequence[str]) -> list[str]:
    """`r1 eval` trains on nothing and so has no task; here it is added, `world` if none is named."""
    chosen = [override for override in overrides if override.startswith(TASK)]
    rest = [override for override in overrides if not override.startswith(TASK)]
    return [f"+{override}" for override in chosen or [f"{TASK}world"]] + rest


def _training(nodes: ComposedStages) -> dict[str, Task]:
    from r1cli.tasks.base import Task as TaskClass

    composed = nodes.composed
    piece = ConfigPiece("task.", "task", frozenset(), composed.folders, composed.choices)
    with reference_errors(piece):
        plain = plain_data(nodes.root.task)
    with value_errors(plain, piece):
        return {role: TaskClass.model_validate(plain[role]) for role in TRAINING if role in plain}

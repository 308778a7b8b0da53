"""Job: what a command asks of the pipeline, as typed objects. Composing makes it, the pipeline carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.artifact import Artifact
from r1cli.engine.hardware import Hardware
from r1cli.stage import Stage

if TYPE_CHECKING:
    from r1cli.tracking.tracker import Tracking


@dataclass(frozen=True)
class Job:
    """Some stages of a recipe, and all that is needed to run them."""

    name: str
    """Of the recipe, or of the one stage that was asked for; the W&B group begins with it."""
    stages: dict[str, Stage]
    """The recipe's nodes, in the order in which a person would tell them."""
    external: dict[str, Artifact]
    """What inputs may name besides nodes: things from outside, by the name that the input uses."""
    targets: tuple[str, ...]
    """Nodes that are wanted; what they need comes along. Empty: all."""
    hardware: Hardware
    tracking: Tracking
    store: Path
    """Folder of the store; made when something is first written."""
    at_once: int = 1
    """Jobs like this one that share the machine."""
    cell: str = ""
    """Of a sweep: what sets this job apart from the others."""
    group: str = ""
    """Of the W&B runs: that of the sweep; empty: the recipe and its results make one."""

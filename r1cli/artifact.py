"""What stages make and take: a model, a dataset, a reward model or a report, as a typed path.

An artifact inside the store is a folder (or file) below the entry that made it; one from outside is a local path or a
hub id. Handles are plain data, so that they cross process borders and manifests as JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["model", "reward_model", "dataset", "report"]


class Artifact(BaseModel):
    """A handle: what it is, where it is, and the fingerprint of what made it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    location: str
    """A local path, or a hub id such as `Qwen/Qwen2.5-0.5B`."""
    revision: str | None = None
    """Commit of a hub id; None for local paths."""
    fingerprint: str = ""
    """Fingerprint of the stage that made it, or of files from outside; filled in when the graph is resolved."""

    @property
    def path(self) -> Path:
        """`location` as a path; meaningful for local artifacts only."""
        return Path(self.location)


def model(path: Path) -> Artifact:
    """A folder that `AutoModelForCausalLM.from_pretrained` loads, tokenizer beside the weights."""
    return Artifact(kind="model", location=str(path))


def reward_model(path: Path) -> Artifact:
    """A folder that `AutoModelForSequenceClassification.from_pretrained` loads (one label)."""
    return Artifact(kind="reward_model", location=str(path))


def dataset(path: Path) -> Artifact:
    """A JSONL file of rows (`r1cli.data.rows.Row`), one a line."""
    return Artifact(kind="dataset", location=str(path))


def report(path: Path) -> Artifact:
    """A JSON file with numbers."""
    return Artifact(kind="report", location=str(path))

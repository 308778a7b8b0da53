"""Fixtures of the stages' tests; what they are made of is in tiny_training.py, which worker processes import too."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from r1cli.artifact import Artifact
from r1cli.stage import Context, ModelSpec, Placement, Tracker

sys.path.insert(0, str(Path(__file__).parent))

from tiny_training import SPEC, Recorder, make_random_model


@pytest.fixture(scope="session")
def spec() -> ModelSpec:
    return SPEC


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    import torch

    torch.set_num_threads(1)  # a second thread costs a model of this size more than it saves
    return make_random_model(tmp_path_factory.mktemp("random") / "model")


@pytest.fixture
def context(tmp_path: Path, random_model: Artifact) -> Callable[..., Context]:
    """A context whose folders have a name: the same name again goes on where it stopped."""

    def make(name: str = "a", tracker: Tracker | None = None, per_device_batch: int = 4, **inputs: Artifact) -> Context:
        (tmp_path / name / "checkpoint").mkdir(parents=True, exist_ok=True)
        return Context(
            name="node",
            inputs={"model": random_model} | inputs,
            out=tmp_path / name / "out",
            checkpoint=tmp_path / name / "checkpoint",
            tracker=tracker or Recorder(),
            placement=Placement(device="cpu", per_device_batch=per_device_batch),
            log=logging.getLogger("test"),
        )

    return make

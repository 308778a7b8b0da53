"""The spec of a model of random weights, which the fixture `random_model` saves."""

from __future__ import annotations

from r1cli.stage import ModelSpec

SPEC = ModelSpec(
    name="random",
    path=None,
    revision=None,
    template="User: {question}\nAssistant: {not this}",
    max_tokens=64,
    dtype="float32",
    lora=None,
    architecture=None,
    student=None,
)

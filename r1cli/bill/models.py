"""Which model each stage of a job works on, as a shape: made here, in a local folder, or published on a hub."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from r1cli.config.catalogue import inherited_option, options
from r1cli.cost.shape import ModelShape, shape_in, shape_of
from r1cli.engine.job import Job
from r1cli.errors import ConfigError


def shape_for(job: Job, node: str) -> ModelShape:
    """The shape of the model that a node trains, or samples from.

    Raises:
        ConfigError: nothing here says what it is.
    """
    source = node
    while source in job.stages:
        stage = job.stages[source]
        work = stage.workload()
        if work is not None and work.architecture is not None:
            return shape_of(work.architecture)
        if "model" not in stage.inputs:
            raise ConfigError(f"{source}: nothing says which model it works on", hint="it has no input 'model'")
        source = stage.inputs["model"]
    location = job.external[source].location if source in job.external else source
    return _outside(location, _own_shapes(job))


def _own_shapes(job: Job) -> dict[str, Mapping[str, Any]]:
    """Hub id or path -> the shape that the command line itself gives, for the model and its student."""
    given: list[tuple[str | None, Mapping[str, Any] | None]] = []
    for stage in job.stages.values():
        student = stage.model.student or {}
        given += [(stage.model.path, stage.model.shape), (student.get("path"), student.get("shape"))]
    return {path: shape for path, shape in given if path is not None and shape is not None}


def _outside(location: str, own: Mapping[str, Mapping[str, Any]]) -> ModelShape:
    if location in own:
        return shape_of(own[location])
    if found := shape_in(Path(location).expanduser()):
        return found
    if location in _published():
        return shape_of(_published()[location])
    if (cached := _in_hub_cache(location)) is not None and (found := shape_in(cached)):
        return found
    hint = "give +model.shape={hidden_size: ..., num_hidden_layers: ...}, as in its config.json, or fetch it: r1 fetch"
    raise ConfigError(f"{location}: nothing here says how large this model is", hint=hint)


@cache
def _published() -> Mapping[str, Mapping[str, Any]]:
    """Hub id -> shape, of all models that conf/model/ knows."""
    known = {}
    for name in options("model"):
        plain = inherited_option("model", name)
        if plain.get("path") and plain.get("shape"):
            known[str(plain["path"])] = plain["shape"]
    return known


def _in_hub_cache(location: str) -> Path | None:
    """The folder in the hub's cache on this machine that has the model's configuration."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(location, "config.json")
    except HFValidationError:
        return None  # a path, not an id
    return Path(found).parent if isinstance(found, str) else None

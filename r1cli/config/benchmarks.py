"""The benchmarks that a suite chooses, as stages; those whose data cannot be had are left out, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from r1cli.config.stages import ComposedStages, component
from r1cli.engine.evaluation import benchmark_of
from r1cli.errors import ConfigError

if TYPE_CHECKING:
    from r1cli.stage import Stage

GENERATOR = "generator"
"""Key of the root that each benchmark takes a copy of, beside those that every stage takes."""


@dataclass
class Benchmarks:
    """What is to be put to a model, whichever it is."""

    takes_model: bool
    """Does the model that is evaluated reply? Otherwise a server does, or a file."""
    stages: dict[str, Stage] = field(default_factory=dict)
    """By the benchmark's name; no model is named in them yet."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Benchmark -> why it is left out."""
    parts_skipped: dict[str, dict[str, str]] = field(default_factory=dict)
    """Benchmark -> part of it that is left out -> why."""

    @classmethod
    def of(cls, nodes: ComposedStages, *, fetch: bool) -> Benchmarks:
        """Those of a composed configuration.

        Args:
            nodes: that it leads to.
            fetch: get datasets that only the hub has, and skip what it does not hand out.

        Raises:
            ConfigError: a key, a value or a reference is wrong.
        """
        from omegaconf import OmegaConf

        chosen = OmegaConf.to_container(nodes.root.benchmarks, resolve=False)
        assert isinstance(chosen, dict)
        benchmarks = cls(takes_model=True)
        if chosen:
            generator: Any = component(nodes.composed, "r1cli.generators.generator.Generator", GENERATOR)
            benchmarks.takes_model = generator.TAKES_MODEL
        for key, own in chosen.items():
            if own is None:  # taken out on the command line
                continue
            name = str(key)
            stage = nodes.built(_capped(own, nodes) | {"benchmark": name}, name, f"benchmarks.{name}.", GENERATOR)
            stage, left_out = stage.trimmed(fetch=fetch)
            if left_out:
                benchmarks.parts_skipped[name] = left_out
            if missing := stage.missing(fetch=fetch):
                benchmarks.skipped[name] = missing
            else:
                benchmarks.stages[name] = stage
        return benchmarks

    def put_to(self, models: Iterable[str], *, update: Mapping[str, Any] | None = None) -> dict[str, Stage]:
        """A node for each benchmark and model.

        Args:
            models: what the input `model` names, and what the nodes are called by.
            update: further fields of the stages.
        """
        put = {}
        for model in models:
            for name, stage in self.stages.items():
                changes = {"inputs": {**stage.inputs, "model": model}, **(update or {})}
                put[benchmark_of(name, model)] = stage.model_copy(update=changes)
        return put

    def by_themselves(self) -> dict[str, Stage]:
        """A node for each benchmark, with a generator that needs no model."""
        return {benchmark_of(name): stage for name, stage in self.stages.items()}

    def remarks(self) -> list[str]:
        """A line for each benchmark that is left out, or a part of it."""
        lines = [f"skipped: {name} ({why})" for name, why in self.skipped.items()]
        for name, parts in self.parts_skipped.items():
            lines.append(f"skipped of {name}: {', '.join(parts)} ({next(iter(parts.values()))})")
        return lines


def _capped(own: dict[str, Any], nodes: ComposedStages) -> dict[str, Any]:
    """A benchmark's own keys, with no more samples than `samples=` allows."""
    most, wanted = nodes.root.samples, own.get("per_prompt")
    if most is None or not isinstance(wanted, int):
        return own
    if not isinstance(most, int) or most < 1:
        raise ConfigError(f"samples: a number of completions is wanted (got {most!r})", hint="write samples=4")
    return {**own, "per_prompt": min(wanted, most)}

"""The whole configuration of one node, as `r1 show` prints it.

Looking at somebody's configuration runs none of their code and shows none of their secrets: only classes of this
project are imported, and what a value takes from the environment (`${oc.env:NAME}`) stays a reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.component import OWN_PACKAGES, ForeignClassError, importing_only
from r1cli.config.build import build_from
from r1cli.config.environment import noting_environment
from r1cli.config.hydra import Composed, composed_with, hydra_ready
from r1cli.config.stages import ComposedStages
from r1cli.engine.evaluation import benchmark_in, evaluated_by
from r1cli.errors import ConfigError
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig, ListConfig

KeyPath = tuple[str | int, ...]


def node_config(node: str, overrides: Sequence[str] = (), folders: Sequence[Path] = ()) -> dict[str, Any]:
    """A node's configuration, references filled in, as plain data.

    It is validated, and values that the classes add are in it, unless it names a class of another package.

    Raises:
        ConfigError: the overrides cannot be composed, or lead to no such node.
    """
    with hydra_ready(), importing_only(*OWN_PACKAGES):
        composed = composed_with(evaluated_by(node), overrides, folders)
        config = _config_of(node, composed)
        if config is None:
            names = _nodes(composed)
            recipe = composed.config.get("target") or composed.choices.get("recipe")
            hint = did_you_mean(node, names) or f"nodes: {', '.join(names)}"
            raise ConfigError(f"{recipe} has no node '{node}'", hint=hint)
        stages = ComposedStages(composed)
        with stages.overlaid(_own_keys(node, stages)) as overlaid:
            return _with_environment_as_references(config, overlaid)


def _config_of(node: str, composed: Composed) -> dict[str, Any] | None:
    try:
        stage = build_from(composed).stages.get(node)
        return None if stage is None else stage.config()
    except ForeignClassError:
        stages = ComposedStages(composed)
        return stages.resolved(node) if node in stages.own else None


def _nodes(composed: Composed) -> list[str]:
    """Names of all nodes; those of evaluations only if every class may be imported."""
    try:
        return list(build_from(composed).stages)
    except ForeignClassError:
        return list(ComposedStages(composed).own)


def _own_keys(node: str, stages: ComposedStages) -> Mapping[str, Any]:
    """What the node says itself, references not filled in."""
    if node in stages.own:
        return stages.own[node]
    benchmark = benchmark_in(node, map(str, stages.root.benchmarks))
    own: DictConfig = stages.root.evaluation if benchmark is None else stages.root.benchmarks[benchmark]
    return own


def _with_environment_as_references(config: dict[str, Any], source: DictConfig) -> dict[str, Any]:
    """`config` with `${oc.env:NAME}` in place of every value that `source` takes from an environment variable."""
    for path, value, reference in _taken_from_environment(source):
        if path[0] in config and not _put(config, path, reference):
            # The class keeps the value elsewhere than its key says (a task's file belongs to its source).
            config[str(path[0])] = _replaced(config[str(path[0])], value, reference)
    return config


def _taken_from_environment(config: DictConfig | ListConfig, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, str]]:
    """Path and value of what the environment has a part in, and what to show in its place."""
    from omegaconf import OmegaConf

    raw: Any = OmegaConf.to_container(config, resolve=False)
    keys = list(raw) if isinstance(raw, Mapping) else list(range(len(raw)))
    for key in keys:
        with noting_environment() as names:
            value = OmegaConf.select(config, f"[{key}]", throw_on_missing=False)
        if OmegaConf.is_config(value):
            yield from _taken_from_environment(value, (*above, key))
        elif names:
            written = str(raw[key])
            yield (*above, key), value, written if "oc.env" in written else f"${{oc.env:{names[-1]}}}"


def _put(config: Any, path: KeyPath, value: str) -> bool:
    """Set the value at a path that exists; False if it does not."""
    *parents, last = path
    for key in parents:
        if not _has(config, key):
            return False
        config = config[key]
    if not _has(config, last):
        return False
    config[last] = value
    return True


def _has(config: Any, key: str | int) -> bool:
    if isinstance(config, dict):
        return key in config
    return isinstance(config, list) and isinstance(key, int) and key < len(config)


def _replaced(config: Any, value: Any, reference: str) -> Any:
    """`config` with every leaf that equals `value` replaced."""
    if isinstance(config, dict):
        return {key: _replaced(inner, value, reference) for key, inner in config.items()}
    if isinstance(config, list):
        return [_replaced(inner, value, reference) for inner in config]
    return reference if isinstance(config, str) and config == value else config

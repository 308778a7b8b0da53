"""The stages of a composed configuration as typed objects.

A stage's own keys are laid over the root that all stages share, and only then is `${...}` resolved: a stage that sets
`model.max_tokens` itself sees its own value wherever it refers to `${model.max_tokens}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from r1cli.component import locate
from r1cli.config.catalogue import root_keys
from r1cli.config.mistakes import ConfigPiece, reference_errors, value_errors
from r1cli.engine.recipe import Recipe
from r1cli.errors import ConfigError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.config.hydra import Composed
    from r1cli.stage import Stage

EVERY_STAGE = ("seed", "model")
"""Keys of the root that each stage takes a copy of."""


class ComposedStages:
    """The stages that a command line leads to, by node: their own keys, and the root that they share."""

    def __init__(self, composed: Composed) -> None:
        from omegaconf import OmegaConf

        plain = OmegaConf.to_container(composed.config, resolve=False)
        assert isinstance(plain, dict)
        self.composed = composed
        self.target = None if composed.stage is None else composed.stage.name
        """The one stage of `r1 train`; None for a recipe."""
        self._shared = {str(key): value for key, value in plain.items() if key != "stages"}
        self.root = OmegaConf.create(self._shared)
        self.own: dict[str, dict[str, Any]] = _present(plain["stages"], composed)
        """Node -> its own keys, references not filled in."""
        if self.target is not None:
            self.own = self._leading_to(self.target)

    def stage(self, node: str) -> Stage:
        """The node as a validated object.

        Raises:
            ConfigError: a key, a value or a reference is wrong.
        """
        return self.built(self.own[node], node, self._prefix(node))

    def built(self, own: Mapping[str, Any], node: str, prefix: str, *also: str) -> Stage:
        """A stage from its own keys.

        Args:
            own: its keys.
            node: its name.
            prefix: what stands before them on the command line.
            also: keys of the root that it takes a copy of, beside those of every stage.
        """
        from r1cli.stage import Stage as StageClass

        shared = (*EVERY_STAGE, *also)
        piece = self._piece(prefix, node, root_keys=[key for key in shared if key not in own])
        plain = self._resolved(own, piece, also=shared)
        with value_errors(plain, piece):
            return StageClass.model_validate(plain)

    def resolved(self, node: str) -> dict[str, Any]:
        """The node's keys as plain data, references filled in, nothing validated and no class imported."""
        own = self.own[node]
        return self._resolved(own, self._piece(self._prefix(node), node), also=EVERY_STAGE)

    def flag(self, key: str) -> bool:
        """A yes-or-no key of the root."""
        from omegaconf import OmegaConf

        value = OmegaConf.select(self.root, key)
        if not isinstance(value, bool):
            message = f"{key}: true or false is wanted (got {value!r})"
            raise ConfigError(message, hint=f"write {key}=true or {key}=false")
        return value

    @contextmanager
    def overlaid(self, own: Mapping[str, Any]) -> Iterator[DictConfig]:
        """The root with a stage's own keys over it, while this lasts. It is the root itself: copying it is slow."""
        keys = dict(own.items())
        shared = {key: value for key, value in keys.items() if key in self.root}
        changed = list(shared)
        try:
            self.root.merge_with(shared)
            for key, value in keys.items():
                if key not in shared:
                    self.root[key] = value
                    changed.append(key)
            yield self.root
        finally:
            for key in changed:
                if key in self._shared:
                    self.root[key] = self._shared[key]
                else:
                    del self.root[key]

    def _prefix(self, node: str) -> str:
        return "" if node == self.target else f"stages.{node}."

    def _piece(self, prefix: str, node: str, *, root_keys: Iterable[str] = ()) -> ConfigPiece:
        return ConfigPiece(prefix, node, frozenset(root_keys), self.composed.folders, self.composed.choices)

    def _resolved(self, own: Mapping[str, Any], piece: ConfigPiece, also: Sequence[str]) -> dict[str, Any]:
        keys = [*(key for key in own if key not in self.root), *also]
        with self.overlaid(own) as overlaid, reference_errors(piece):
            return {key: plain_data(overlaid[key]) for key in keys}

    def _leading_to(self, target: str) -> dict[str, dict[str, Any]]:
        """The target behind its upstream stages; `init` takes the place of the one that would make its model."""
        own = self.own[target]
        if (init := self.root.init) is not None:
            if "model" not in own.get("inputs", {}):
                raise ConfigError(f"init: the stage '{target}' does not start from a model", hint="leave init= out")
            own["inputs"] = {**own["inputs"], "model": str(init)}
        for key in own.keys() & self.root.keys() - root_keys():
            message = f"{key}: stands at the root, but it is a key of the stage"
            raise ConfigError(message, hint=f"write stages: {{{target}: {{{key}: ...}}}} in the experiment")
        inputs = {}
        for node, keys in self.own.items():
            sources = keys.get("inputs") or {}
            inputs[node] = {role: source for role, source in sources.items() if source in self.own}
        return {node: self.own[node] for node in Recipe(inputs).subgraph([target]).order()}


def component(composed: Composed, target: str, key: str) -> Any:
    """A part of the root as a validated object of the class `target` or one derived from it.

    Raises:
        ConfigError: a key, a value or a reference is wrong.
    """
    piece = ConfigPiece(f"{key}.", key, frozenset(), composed.folders, composed.choices)
    with reference_errors(piece):
        plain = {"_target_": target, **plain_data(composed.config[key])}
    with value_errors(plain, piece):
        return locate(target).model_validate(plain)


def plain_data(value: Any) -> Any:
    """A value of a configuration as plain data, references filled in."""
    from omegaconf import OmegaConf

    if not OmegaConf.is_config(value):
        return value
    return OmegaConf.to_container(value, resolve=True, throw_on_missing=True)


def _present(stages: Mapping[str, Any], composed: Composed) -> dict[str, dict[str, Any]]:
    """The stages without those that were taken out (null), and without those that only another recipe has.

    A sweep over recipes sets keys of nodes that some of them lack (`++stages.<node>...`, see r1cli.sweep.grid); such a
    node has these keys, but no `_target_`.
    """
    is_sweep = "num" in composed.hydra.job
    swept = {o.split(".")[1] for o in composed.overrides if is_sweep and o.startswith("++stages.")}
    present = {}
    for node, own in stages.items():
        if own is not None and ("_target_" in own or node not in swept):
            present[str(node)] = own
    return present

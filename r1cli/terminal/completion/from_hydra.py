"""Keys, groups and nodes of a configuration: composed with Hydra once, then remembered.

The classes that `_target_` names say which values a key can take, and what it is for. Only this project's own classes
are imported: TAB runs nobody else's code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from r1cli.config.build import build_from
from r1cli.config.catalogue import options, root_keys
from r1cli.config.hydra import Composed, compose, hydra_ready
from r1cli.config.single_stage import typed_choices, typed_view
from r1cli.engine.evaluation import measures_a_model
from r1cli.errors import ConfigError
from r1cli.terminal.completion.docstrings import field_docstrings
from r1cli.terminal.completion.values import brief, values_of
from r1cli.text import as_typed

if TYPE_CHECKING:
    from pydantic import BaseModel

    from r1cli.terminal.completion.shapes import Key, Keys

OURS = ("r1cli.", "stages.")
ROOTS = {
    "hardware": "r1cli.engine.hardware.Hardware",
    "tracking": "r1cli.tracking.tracker.Tracking",
    "model": "r1cli.stage.ModelSpec",
}
"""Classes of the mappings at the root that name none, as r1cli.config.build builds them."""
HYDRA_GROUPS = ("hydra/launcher", "hydra/sweeper")
STAGELESS = ("stage", "data", "experiment", *HYDRA_GROUPS)
"""Groups that `r1 train` has whichever stage it trains, beside those that are keys of the shared root."""


class _Field(NamedTuple):
    """What a class says of one of its keys."""

    annotation: Any = None
    docstring: str = ""


UNKNOWN = _Field()
"""Of a key that no class takes."""


def keys(config: str, chosen: list[str], folder: str = "") -> Keys:
    """Keys of the configuration `config` (a file of conf/: `run`, `train`) with these options of groups chosen."""
    folders = [Path(folder)] if folder else []
    undecided = config == "train" and not any(c.startswith("stage=") for c in chosen)
    if undecided:  # any stage will do: what belongs to it is left out
        chosen = [f"stage={next(iter(options('stage')))}", *chosen]
    with hydra_ready():
        composed = _composed(config, chosen, folders)
        nodes = _nodes(composed) if config == "run" or (config == "train" and not undecided) else []
        installed = _of_hydra()
    known: dict[str, Key] = dict(_Walk(composed, nodes, list(options("stage", *folders))).keys())
    choices: dict[str, str | None] = dict(composed.choices)
    if composed.stage is not None:
        choices = dict(typed_choices(composed.choices, composed.stage))
    groups = {k: v for k, v in choices.items() if not k.startswith("hydra") or k in HYDRA_GROUPS}
    if undecided:
        known = {k: v for k, v in known.items() if k.partition(".")[0] in root_keys()}
        groups = {k: v for k, v in groups.items() if k in root_keys() or k in STAGELESS}
        groups["stage"] = None
    return {"groups": groups, "options": installed, "keys": known, "nodes": nodes}


def _composed(config: str, chosen: list[str], folders: list[Path]) -> Composed:
    """With all that is chosen; if that does not go together (the line is not finished), with the main choice only."""
    from yaml import YAMLError

    main = [c for c in chosen if c.startswith(("stage=", "recipe="))]
    try:
        return compose(config, chosen, folders=folders)
    except ConfigError as e:
        if main == chosen or isinstance(e.__cause__, YAMLError):  # a broken file does not get better
            raise
        return compose(config, main, folders=folders)


def _of_hydra() -> dict[str, list[str]]:
    """Launchers and sweepers that are installed; asked while Hydra's compose API is ready."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.object_type import ObjectType

    loader = GlobalHydra.instance().config_loader()
    return {group: list(loader.get_group_options(group, ObjectType.CONFIG)) for group in HYDRA_GROUPS}


def _nodes(composed: Composed) -> list[str]:
    """Nodes as `r1 plan` names them; if some of the configuration is missing or wrong, those that it has."""
    try:
        return list(build_from(composed).stages)
    except Exception:  # noqa: BLE001  (the line is not finished; whatever is wrong with it, r1 itself will say)
        return [str(node) for node in composed.config.get("stages") or ()]


class _Walk:
    """Down a configuration, key by key, with the class that each mapping is for."""

    def __init__(self, composed: Composed, nodes: list[str], stages: list[str]) -> None:
        from omegaconf import OmegaConf

        plain: Any = OmegaConf.to_container(composed.config, resolve=False)
        self.plain: dict[Any, Any] = plain if composed.stage is None else typed_view(plain, composed.stage)
        self.config = OmegaConf.create(self.plain)
        self.nodes, self.makers = nodes, [n for n in nodes if not measures_a_model(n)] or stages

    def keys(self) -> Iterator[tuple[str, Key]]:
        """Leaves, and mappings that stand there by reference."""
        fields = _fields_of(_class_of(self.plain.get("_target_")))
        for key, value in self.plain.items():
            field = fields.get(str(key), UNKNOWN)
            yield from self._below(str(key), value, field, _class_of(ROOTS.get(key)) or _model_in(field))

    def _below(self, at: str, value: Any, field: _Field, model: type[BaseModel] | None) -> Iterator[tuple[str, Key]]:
        if not isinstance(value, dict) or not value:
            yield at, self._key(at, value, field)
            return
        fields = _fields_of(_class_of(value.get("_target_")) or model)
        for key, inner in value.items():
            below = fields.get(str(key), UNKNOWN)
            yield from self._below(f"{at}.{key}", inner, below, _model_in(below))

    def _key(self, at: str, value: Any, field: _Field) -> Key:
        now = self._now(at, value)
        values = values_of(field.annotation) or (["true", "false"] if now in {"true", "false"} else [])
        if at == "until":
            values = self.nodes
        elif ".inputs." in f".{at}":
            values = self.makers
        last = at.rpartition(".")[2]
        return {
            "now": now,
            "values": values,
            "help": brief(field.docstring),
            "files": at.startswith("paths.") or at == "init" or last == "path" or field.annotation is Path,
        }

    def _now(self, at: str, value: Any) -> str | None:
        """The value as it would be written; what comes from the environment is left for the moment of asking."""
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        if isinstance(value, str) and "${" in value and not value.startswith("${oc.env:"):
            try:
                value = OmegaConf.select(self.config, at)
            except OmegaConfBaseException:  # it leads nowhere yet
                return None
        if isinstance(value, str) and (value == "???" or not value.isprintable()):
            return None
        return as_typed(value) if isinstance(value, (str, bool, int, float)) else None


def _fields_of(model: type[BaseModel] | None) -> dict[str, _Field]:
    if model is None:
        return {}
    texts = field_docstrings(model)
    return {name: _Field(field.annotation, texts.get(name, "")) for name, field in model.model_fields.items()}


def _class_of(target: object) -> type[BaseModel] | None:
    from r1cli.component import locate

    if not isinstance(target, str) or not target.startswith(OURS):
        return None
    try:
        return locate(target)
    except Exception:  # noqa: BLE001  (a class that does not import, perhaps while it is written: keys without values)
        return None


def _model_in(field: _Field) -> type[BaseModel] | None:
    """The class of a mapping, where the type names one (`Sampling`, `Sampling | None`)."""
    from pydantic import BaseModel

    for part in (field.annotation, *get_args(field.annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None

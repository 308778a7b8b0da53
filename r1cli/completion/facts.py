"""What there is to complete, found out in full: commands from typer, groups from conf/, keys by composing with Hydra.

Takes some hundred milliseconds; `cache` remembers the answers. Types say which values a key can take: `Literal`s, enums
and booleans of the classes that `_target_` names. Only this project's own classes are imported: TAB runs nobody else's
code.
"""

from __future__ import annotations

import enum
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Union, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from r1cli.compose import Composed

OURS = ("r1cli.", "stages.")
ROOTS = {"hardware": "r1cli.hardware.Hardware", "tracking": "r1cli.tracking.Tracking", "model": "r1cli.stage.ModelSpec"}
"""Classes of the mappings at the root that name none, as r1cli.compose builds them."""
METAVARS = {"PATH": "file", "DIR": "folder", "NAME": "checkpoint"}
KINDS = ("override", "node", "checkpoint", "file", "folder")
HYDRA_GROUPS = ("hydra/launcher", "hydra/sweeper")
STAGELESS = ("stage", "data", "experiment", *HYDRA_GROUPS)
"""Groups that `r1 train` has whichever stage it trains, beside those that are keys of the shared root."""
HELP_LENGTH = 100


class Parameter(TypedDict):
    """A flag or an argument of a command."""

    help: str
    takes: bool
    """False for a switch."""
    many: bool
    kind: str
    """override, node, checkpoint, file, folder, or the group whose option is wanted; empty: nothing is known."""
    values: list[str]
    """All that it can be, where that is a short list."""


class Command(TypedDict):
    """A command, or a family of them."""

    help: str
    flags: dict[str, Parameter]
    arguments: list[Parameter]
    commands: dict[str, Command]
    config: str
    """The file of conf/ that has the command's name, if there is one: what it composes."""
    aliases: dict[str, str]
    """Groups under names of its own: `task` for `verifier@task`."""


class Line(TypedDict):
    """What the command line has, whatever is chosen."""

    commands: dict[str, Command]
    groups: dict[str, dict[str, str]]
    """Group -> option -> help."""


class Key(TypedDict):
    """A key that an override can set."""

    now: str | None
    """What stands there; None for what a person does not write on a line (mappings, lists)."""
    values: list[str]
    """What can stand there, where that is known."""
    help: str
    files: bool


class Keys(TypedDict):
    """What overrides can change in one composed configuration."""

    groups: dict[str, str | None]
    """Group as it is written on the line (`reward@stages.reasoning_rl.reward`) -> chosen option."""
    options: dict[str, list[str]]
    """Of the groups that are Hydra's own."""
    keys: dict[str, Key]
    nodes: list[str]


def line(folder: str = "") -> Line:
    """Commands and groups; `folder` holds further YAML (`--config-dir`)."""
    import typer

    from r1cli.cli import app
    from r1cli.groups import groups, options

    folders = [Path(folder)] if folder else []
    own = {f.name for top in folders if top.is_dir() for f in top.iterdir() if any(f.glob("*.yaml"))}
    found: Any = typer.main.get_command(app)
    return {
        "commands": _commands(found),
        "groups": {group: options(group, *folders) for group in sorted({*groups(), *own})},
    }


def keys(config: str, chosen: list[str], folder: str = "") -> Keys:
    """Keys of the configuration `config` (a file of conf/: `run`, `train`) with these options of groups chosen."""
    from r1cli import compose
    from r1cli.groups import options

    folders = [Path(folder)] if folder else []
    undecided = config == "train" and not any(c.startswith("stage=") for c in chosen)
    if undecided:  # any stage will do: what belongs to it is left out
        chosen = [f"stage={next(iter(options('stage')))}", *chosen]
    with compose.looking_up():
        composed = _composed(config, chosen, folders)
        nodes = _nodes(composed) if config == "run" or (config == "train" and not undecided) else []
        installed = _of_hydra()
    found: dict[str, Key] = dict(_Walk(composed, nodes, list(options("stage", *folders))).keys())
    choices: dict[str, str | None] = dict(composed.choices)
    groups = {k: v for k, v in choices.items() if not k.startswith("hydra") or k in HYDRA_GROUPS}
    if undecided:
        found = {k: v for k, v in found.items() if k.partition(".")[0] in compose.SHARED}
        groups = {k: v for k, v in groups.items() if k in compose.SHARED or k in STAGELESS}
        groups["stage"] = None
    return {"groups": groups, "options": installed, "keys": found, "nodes": nodes}


def _composed(config: str, chosen: list[str], folders: list[Path]) -> Composed:
    """With all that is chosen; if that does not go together (the line is not finished), with the main choice only."""
    from hydra.errors import HydraException

    from r1cli import compose

    main = [c for c in chosen if c.startswith(("stage=", "recipe="))]
    try:
        return compose.look_up(config, chosen, folders=folders)
    except HydraException:
        if main == chosen:
            raise
        return compose.look_up(config, main, folders=folders)


_PLAIN: Mapping[type, tuple[str, ...]] = {bool: ("true", "false"), types.NoneType: ("null",)}


def values_of(annotation: Any) -> list[str]:
    """What can be written for a type, if that is a short list; `null` alone says that there is more."""
    for plain, values in _PLAIN.items():
        if annotation is plain:
            return list(values)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [str(member.value) for member in annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [_written(value) for value in inner]
    if origin in {Union, types.UnionType}:
        return [value for part in inner for value in values_of(part)]
    if origin is Annotated:
        return values_of(inner[0])
    return []


def _of_hydra() -> dict[str, list[str]]:
    """Launchers and sweepers that are installed; asked while Hydra's compose API is ready."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.object_type import ObjectType

    loader = GlobalHydra.instance().config_loader()
    return {group: list(loader.get_group_options(group, ObjectType.CONFIG)) for group in HYDRA_GROUPS}


def _commands(group: Any) -> dict[str, Command]:
    return {name: _command(c) for name, c in getattr(group, "commands", {}).items() if not c.hidden}


def _command(command: Any) -> Command:
    from r1cli.groups import conf_dir

    named = getattr(sys.modules.get(getattr(command.callback, "__module__", "")), "GROUPS", {})
    params = [p for p in command.params if not p.hidden]
    flags = {opt: _parameter(p) for p in params for opt in [*p.opts, *p.secondary_opts] if opt.startswith("-")}
    return {
        "help": command.get_short_help_str(HELP_LENGTH),
        "flags": flags,
        "arguments": [_parameter(p) for p in params if not p.opts[0].startswith("-")],
        "commands": _commands(command),
        "config": command.name if (conf_dir() / f"{command.name}.yaml").is_file() else "",
        "aliases": {name: f"{group}@{name}" for name, group in named.items() if name != group},
    }


def _parameter(param: Any) -> Parameter:
    annotation = param.type_descriptor.annotation
    many = param.nargs != 1 or get_origin(annotation) is list
    inner = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return {
        "help": _brief(getattr(param, "help", None)),
        "takes": not getattr(param, "is_flag", False),
        "many": many,
        "kind": _kind(param, inner),
        "values": [v for v in values_of(inner) if v != "null"],
    }


def _kind(param: Any, annotation: Any) -> str:
    """By what the help text calls it: NODE, FILE, STAGE, ..."""
    from r1cli.groups import groups

    name = (param.metavar or "").upper()
    if (kind := METAVARS.get(name, name.lower())) in {*KINDS, *groups()}:
        return kind
    if param.name.endswith("_dir"):
        return "folder"
    return "file" if annotation is Path else ""


def _nodes(composed: Composed) -> list[str]:
    """Nodes as `r1 plan` names them; if some of the configuration is missing or wrong, those that it has."""
    from r1cli import compose

    try:
        return list(compose.job_from(composed).stages)
    except Exception:  # noqa: BLE001  (the line is not finished; whatever is wrong with it, r1 itself will say)
        return [str(node) for node in composed.config.get("stages") or ()]


class _Walk:
    """Down a configuration, key by key, with the class that each mapping is for."""

    def __init__(self, composed: Composed, nodes: list[str], stages: list[str]) -> None:
        from omegaconf import OmegaConf

        self.config = composed.config
        self.plain: Any = OmegaConf.to_container(self.config, resolve=False)
        self.nodes, self.makers = nodes, [n for n in nodes if not n.startswith("eval_")] or stages

    def keys(self) -> Iterator[tuple[str, Key]]:
        """Leaves, and mappings that stand there by reference."""
        stage = _class_of(self.plain.get("_target_"))
        fields = stage.model_fields if stage is not None else {}
        for key, value in self.plain.items():
            field = fields.get(str(key))
            yield from self._below(str(key), value, field, _class_of(ROOTS.get(key)) or _model_in(field))

    def _below(
        self, at: str, value: Any, field: FieldInfo | None, model: type[BaseModel] | None
    ) -> Iterator[tuple[str, Key]]:
        if not isinstance(value, dict) or not value:
            yield at, self._key(at, value, field)
            return
        model = _class_of(value.get("_target_")) or model
        fields = model.model_fields if model is not None else {}
        for key, inner in value.items():
            below = fields.get(str(key))
            yield from self._below(f"{at}.{key}", inner, below, _model_in(below))

    def _key(self, at: str, value: Any, field: FieldInfo | None) -> Key:
        annotation = field.annotation if field is not None else None
        now = self._now(at, value)
        values = values_of(annotation) or (["true", "false"] if now in {"true", "false"} else [])
        if at == "until":
            values = self.nodes
        elif ".inputs." in f".{at}":
            values = self.makers
        return {
            "now": now,
            "values": values,
            "help": _brief(field.description if field is not None else None),
            "files": at.startswith("paths.") or at == "init" or at.rpartition(".")[2] == "path" or annotation is Path,
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
        return _written(value) if isinstance(value, (str, bool, int, float)) else None


def _class_of(target: object) -> type[BaseModel] | None:
    from r1cli.component import locate

    if not isinstance(target, str) or not target.startswith(OURS):
        return None
    try:
        return locate(target)
    except Exception:  # noqa: BLE001  (a class that does not import, perhaps while it is written: keys without values)
        return None


def _model_in(field: FieldInfo | None) -> type[BaseModel] | None:
    """The class of a mapping, where the type names one (`Sampling`, `Sampling | None`)."""
    from pydantic import BaseModel

    annotation = field.annotation if field is not None else None
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _brief(text: str | None) -> str:
    """The first paragraph of a help text or a docstring in one line."""
    line = " ".join((text or "").partition("\n\n")[0].split())
    return line if len(line) <= HELP_LENGTH else f"{line[: HELP_LENGTH - 3]}..."

"""`r1 train stage=X key=value` as a line of `r1 run`: there is one shape of configuration.

Training one stage is running a recipe that consists of the stage and of its upstream stages. Hydra is given that recipe
under the name `single_stage/X` (in its ConfigStore, not as a file), and what the person typed is rewritten:

    trainer.learning_rate=1e-4   ->  stages.X.trainer.learning_rate=1e-4
    reward=shaped                ->  reward@stages.X.reward=shaped
    scale=smoke                  ->  scale=smoke        (belongs to the whole command)

`SingleStage.as_typed` is the way back: messages and TAB speak in the keys that people type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1cli.config.catalogue import chosen_by_experiment, named_inputs, options, package_of, root_keys
from r1cli.errors import ConfigError
from r1cli.text import did_you_mean

RECIPES = "single_stage"
"""Below the group `recipe`: where Hydra finds the recipes that are made here."""
OVERRIDE = re.compile(r"(?P<sign>[+~]*)(?P<group>[^=@]*)(?:@(?P<package>[^=]*))?(?P<value>=.*)?", flags=re.DOTALL)


@dataclass(frozen=True)
class SingleStage:
    """The stage that `r1 train` was asked for."""

    name: str
    folders: tuple[Path, ...] = ()
    """Folders of further YAML, searched after conf/."""

    @property
    def prefix(self) -> str:
        """What stands before the stage's keys in the composed configuration."""
        return f"stages.{self.name}."

    def key(self, typed: str) -> str:
        """A typed key (not an override) as the composed configuration has it."""
        return typed if typed.partition(".")[0] in root_keys() else f"{self.prefix}{typed}"

    def composed(self, override: str) -> str:
        """A typed override as Hydra is to have it."""
        sign, group, package, value = _parts(override)
        if re.split(r"[./]", package or group)[0] in root_keys():
            return override
        if package:
            return f"{sign}{group}@{self.prefix}{package}{value}"
        if options(group, *self.folders):
            return f"{sign}{group}@{self._package(group, value.removeprefix('='))}{value}"
        return f"{sign}{self.prefix}{group}{value}"

    def as_typed(self, override: str) -> str:
        """The way back from `composed`, for an override or a bare key or group."""
        sign, group, package, value = _parts(override)
        if not package:
            return f"{sign}{group.removeprefix(self.prefix)}{value}"
        if not f"{package}.".startswith(self.prefix):
            return override
        at = "" if package == self._package(group) else f"@{package.removeprefix(self.prefix)}"
        return f"{sign}{group}{at}{value}"

    def _package(self, group: str, option: str = "") -> str:
        """Where an option of a group belongs in this stage."""
        package = package_of(group, option.partition(",")[0], *self.folders)
        return f"{self.prefix}{package}" if package else self.prefix.removesuffix(".")

    def upstream(self) -> list[str]:
        """The stage and all that it starts from by default, inputs first, read from the files' own `inputs`."""
        known = options("stage", *self.folders)
        ordered: dict[str, None] = {}

        def visit(stage: str, path: tuple[str, ...]) -> None:
            if stage in path or stage in ordered:
                return
            for source in named_inputs(stage, *self.folders):
                if source in known:
                    visit(source, (*path, stage))
            ordered[stage] = None

        visit(self.name, ())
        return list(ordered)

    def define_recipe(self, nodes: Iterable[str]) -> str:
        """Give Hydra the recipe of these stages; returns the option of the group `recipe`."""
        from hydra.core.config_store import ConfigStore

        defaults: list[Any] = [{f"/stage@stages.{node}": node} for node in nodes]
        defaults += ["_self_", {f"optional /algorithm@{self.prefix}trainer": None}]
        recipe = {"defaults": defaults, "target": self.name, "init": None}
        ConfigStore.instance().store(self.name, recipe, group=f"recipe/{RECIPES}", package="_global_")
        return f"{RECIPES}/{self.name}"


def _parts(override: str) -> tuple[str, str, str, str]:
    """`+algorithm@trainer=dapo` as sign, group or key, package, and the value with its `=`."""
    match = OVERRIDE.fullmatch(override)
    assert match is not None  # each part may be empty, so every text matches
    return match["sign"], match["group"], match["package"] or "", match["value"] or ""


def stages_of(overrides: Sequence[str], *folders: Path) -> list[SingleStage]:
    """The stages that a line of `r1 train` names: one, or several with `-m stage=a,b`.

    Raises:
        ConfigError: none or an unknown one is named, or the line is about recipes.
    """
    known = options("stage", *folders)
    named = [o.partition("=")[2].strip("'\"") for o in overrides if o.startswith("stage=")]
    if not named:
        raise ConfigError("which stage?", hint=f"give stage= one of {', '.join(known)}")
    names = [name.strip() for name in named[-1].split(",")]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, prefix="stage=") or f"stage can be {', '.join(known)}"
            raise ConfigError(f"stage={name}: there is no such stage", hint=hint)
    _refuse_recipes(overrides, folders)
    return [SingleStage(name, folders) for name in names]


def typed_view(config: Mapping[Any, Any], stage: SingleStage) -> dict[Any, Any]:
    """A composed configuration (plain data) under the keys of `r1 train`: the stage's own beside those of the root."""
    root = {key: value for key, value in config.items() if key not in {"stages", "target", "until"}}
    return root | dict(config["stages"][stage.name])


def typed_choices(choices: Mapping[str, str], stage: SingleStage) -> dict[str, str]:
    """Which option each group took, under the names by which `r1 train` chooses: the stage, its groups, the root's."""
    typed = {"stage": stage.name}
    for key, option in choices.items():
        group, _, package = key.partition("@")
        belongs_to_stage = f"{package}.".startswith(stage.prefix)
        if group not in {"stage", "recipe"} and (not package or belongs_to_stage):
            typed[stage.as_typed(key)] = option
        elif group == "stage" and not package.startswith("stages."):
            typed[key] = option  # `stage@evaluation`
    return typed


def _refuse_recipes(overrides: Sequence[str], folders: Sequence[Path]) -> None:
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        if key in {"recipe", "until"}:
            raise ConfigError(f"{key}: r1 train trains one stage", hint=f"r1 run {override}")
        if key == "experiment" and "recipe" in chosen_by_experiment(value, *folders):
            raise ConfigError(f"{override} is about recipes, not about one stage", hint=f"r1 run -m {override}")

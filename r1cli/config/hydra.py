"""The bridge to Hydra's compose API, through which everything is composed that runs or looks here.

It leaves no trace on disk and touches no global of the process. For what only Hydra's own entry point does, see
r1cli.config.hydra_main.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from r1cli.config.catalogue import conf_dir, options, root_config
from r1cli.config.environment import refuse_secrets
from r1cli.config.lean import lean_hydra
from r1cli.config.single_stage import SingleStage, stages_of, typed_choices
from r1cli.errors import ConfigError
from r1cli.machine import cores
from r1cli.text import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omegaconf import DictConfig

Command = Literal["run", "train"]
HYDRA_VERSION_BASE = "1.3"
PLAIN_STORE = re.compile(r"paths\.store=([\w.-]*/[\w./-]*)", flags=re.ASCII)
"""An override that Hydra would take as it stands: no quotes, no references, nothing that could be a number."""


@dataclass(frozen=True)
class Composed:
    """A configuration, which option each group took, and the folders it was put together from."""

    config: DictConfig
    choices: Mapping[str, str]
    folders: tuple[Path, ...]
    hydra: DictConfig
    """Hydra's own part: launcher, sweeper, overrides."""

    @property
    def stage(self) -> SingleStage | None:
        """The one stage of `r1 train`; None for a recipe."""
        target = self.config.get("target")
        return None if target is None else SingleStage(str(target), further(self.folders))

    @property
    def overrides(self) -> list[str]:
        """The overrides that Hydra was given, but for those of its own part; references as they stand."""
        return _as_written(self.hydra.overrides.task)

    @property
    def typed_overrides(self) -> list[str]:
        """The same in the keys that people type."""
        stage = self.stage
        return self.overrides if stage is None else [stage.as_typed(o) for o in self.overrides]

    def has(self, typed: str) -> bool:
        """Is there such a key, or such a group to choose from?"""
        from omegaconf import OmegaConf

        stage = self.stage
        choices = self.choices if stage is None else typed_choices(self.choices, stage)
        below: Any = OmegaConf.to_container(self.config, resolve=False)
        for part in (typed if stage is None else stage.key(typed)).split("."):
            if not isinstance(below, dict) or part not in below:
                return typed in choices
            below = below[part]
        return True

    @property
    def hydra_overrides(self) -> list[str]:
        """The overrides of Hydra's own part."""
        return _as_written(self.hydra.overrides.hydra)

    @property
    def at_once(self) -> int:
        """Cells of the sweep that share this machine, this one included; 1 if it is no sweep."""
        if "num" not in self.hydra.job or "joblib" not in str(self.hydra.launcher.get("_target_")):
            return 1
        jobs = int(self.hydra.launcher.n_jobs)  # as joblib counts: -1 is all cores, -2 all but one
        return max(1, jobs if jobs > 0 else cores() + 1 + jobs)


class ComposingFailed(ConfigError):
    """Hydra could not compose what a command line asks for; `__cause__` is what it said.

    The message is Hydra's own. r1cli.terminal.mistakes has better words for the mistakes that it knows.
    """

    def __init__(
        self,
        error: Exception,
        *,
        config_name: str,
        overrides: Sequence[str],
        folders: Sequence[Path],
        stage: SingleStage | None,
    ) -> None:
        super().__init__(first_line(error), hint="--info defaults-tree shows how the configuration is put together")
        self.config_name = config_name
        self.overrides = tuple(overrides)
        """As Hydra was given them."""
        self.folders = tuple(folders)
        self.stage = stage

    def as_typed(self, key: str) -> str:
        """A key, or an override, as the person typed it."""
        return key if self.stage is None else self.stage.as_typed(key)


@contextmanager
def hydra_ready() -> Iterator[None]:
    """Hydra's compose API, initialised: that of the job which is running, or a fresh one."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    if GlobalHydra.instance().is_initialized():
        yield
        return
    with initialize_config_dir(str(conf_dir()), version_base=HYDRA_VERSION_BASE):
        yield


def compose(config_name: str, overrides: Sequence[str] = (), *, folders: Sequence[Path] = ()) -> Composed:
    """Compose without running anything.

    Args:
        config_name: a command (`run`, `train`), or a file of conf/ (`config`, `score`).
        overrides: as typed.
        folders: of further YAML, searched after conf/.

    Raises:
        ConfigError: Hydra cannot compose this (`ComposingFailed`), or `r1 train` is not given exactly one stage.
    """
    with hydra_ready():
        if config_name != "train":
            return _compose(config_name, overrides, folders, None)
        stage = _only(stages_of(overrides, *folders))
        return _compose_stage(stage, [stage.composed(o) for o in overrides if not chooses_stage(o)], folders)


def composed_with(stage: str, overrides: Sequence[str], folders: Sequence[Path] = ()) -> Composed:
    """What the overrides lead to; if they choose no recipe and the default one lacks the stage, the stage by itself."""
    composed = compose(command_of(overrides), overrides, folders=folders)
    is_chosen = any(o.startswith(("recipe=", "stage=")) for o in overrides)
    if is_chosen or stage in composed.config.stages or stage not in options("stage", *folders):
        return composed
    return compose("train", [f"stage={stage}", *overrides], folders=folders)


def composed_here(config: DictConfig) -> Composed:
    """The configuration that Hydra hands to a task, with what Hydra keeps elsewhere."""
    from hydra.core.hydra_config import HydraConfig

    refuse_secrets()  # a launcher may have started this process: references are filled in here, not in the command
    return _composed(config, HydraConfig.get())


@contextmanager
def job_environment(composed: Composed) -> Iterator[None]:
    """The environment variables that `hydra.job.env_set` asks for, set for a while."""
    requested = {str(name): str(value) for name, value in composed.hydra.job.env_set.items()}
    before = {name: os.environ.get(name) for name in requested}
    os.environ.update(requested)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def chooses_stage(override: str) -> bool:
    """Is this the `stage=` of `r1 train`?"""
    return override.startswith("stage=")


def command_of(overrides: Sequence[str]) -> Command:
    """The command that a look-up with these overrides is about."""
    return "train" if any(chooses_stage(o) for o in overrides) else "run"


def store_of(overrides: Sequence[str]) -> Path:
    """Where the store is, for commands that only read it.

    Raises:
        ConfigError: an override is about something else.
    """
    for override in overrides:
        if not override.startswith("paths."):
            raise ConfigError(f"{override}: this command takes paths.store= only", hint="leave it out")
    plain = [PLAIN_STORE.fullmatch(override) for override in overrides]
    if all(plain):  # composing all the rest would take most of the time of a command that only looks
        given = [match[1] for match in plain if match is not None]
        return Path(given[-1] if given else _default_store()).expanduser()
    return Path(compose("config", overrides).config.paths.store).expanduser()


def _default_store() -> str:
    from omegaconf import OmegaConf

    refuse_secrets()
    return str(OmegaConf.create(root_config()["paths"]).store)


def search_path(folders: Sequence[Path]) -> list[str]:
    """The override with which Hydra searches further folders, if there are any."""
    return [f"hydra.searchpath=[{','.join(f'file://{f.absolute()}' for f in folders)}]"] if folders else []


def further(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The folders without conf/ itself."""
    return tuple(f for f in folders if f != conf_dir())


def _as_written(overrides: Any) -> list[str]:
    """A list of overrides; OmegaConf would resolve a `${...}` in them where it means nothing."""
    from omegaconf import OmegaConf

    plain = OmegaConf.to_container(overrides, resolve=False)
    assert isinstance(plain, list)
    return [str(override) for override in plain]


def _only(stages: Sequence[SingleStage]) -> SingleStage:
    if len(stages) > 1:
        names = ",".join(s.name for s in stages)
        raise ConfigError(f"stage={names}: several values", hint="a sweep needs -m")
    return stages[0]


def _compose_stage(stage: SingleStage, lines: Sequence[str], folders: Sequence[Path]) -> Composed:
    """Compose the recipe of one stage: with the inputs that its file names, and with others that the line gives it."""
    nodes = stage.upstream()
    known = options("stage", *folders)
    while True:
        composed = _compose("run", [f"recipe={stage.define_recipe(nodes)}", *lines], folders, stage)
        sources = [s for node in composed.config.stages.values() if node is not None for s in _inputs(node)]
        missing = [s for s in dict.fromkeys(sources) if s in known and s not in nodes]
        if not missing:
            return composed
        nodes = [*missing, *nodes]


def _inputs(node: DictConfig) -> list[str]:
    from omegaconf import OmegaConf

    inputs = OmegaConf.to_container(node, resolve=False).get("inputs")  # type: ignore[union-attr]
    return [str(s) for s in inputs.values()] if isinstance(inputs, dict) else []


def _compose(
    config_name: str, overrides: Sequence[str], folders: Sequence[Path], stage: SingleStage | None
) -> Composed:
    import hydra
    from hydra.errors import HydraException
    from omegaconf import open_dict
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    lines = [*search_path(folders), *overrides]
    refuse_secrets()
    try:
        with lean_hydra():
            config = hydra.compose(config_name, lines, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, YAMLError) as e:
        raise ComposingFailed(e, config_name=config_name, overrides=overrides, folders=folders, stage=stage) from e
    except ValueError as e:
        if "integer string conversion" not in str(e):
            raise
        raise ConfigError("a value is a number of more than 4,300 digits", hint="give another value") from e
    own_part = config.hydra
    with open_dict(config):
        del config["hydra"]
    return _composed(config, own_part)


def _composed(config: DictConfig, hydra: Any) -> Composed:
    folders = [Path(s.path) for s in hydra.runtime.config_sources if s.schema == "file"]
    return Composed(config, dict(hydra.runtime.choices), tuple(folders), hydra)

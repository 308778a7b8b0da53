"""The bridge to Hydra: `compose` for all that runs or looks here, `hydra_main` for what only Hydra's own entry does.

Commands compose through Hydra's compose API, which leaves no trace on disk and touches no global of the process.
`hydra.main` reads `sys.argv`; it stays for `--cfg`, `--info`, `--hydra-help`, and for sweeps that other launchers and
sweepers carry out (clusters, searches).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from r1cli.config.catalogue import conf_dir, options
from r1cli.config.single_stage import SingleStage, stages_of, typed_choices
from r1cli.errors import ConfigError
from r1cli.machine import cores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omegaconf import DictConfig

Command = Literal["run", "train"]
HYDRA_VERSION_BASE = "1.3"


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
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
        super().__init__(first_line, hint="--info defaults-tree shows how the configuration is put together")
        self.config_name = config_name
        self.overrides = tuple(overrides)
        """As Hydra was given them."""
        self.folders = tuple(folders)
        self.stage = stage


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
        return _compose_stage(stage, [stage.composed(o) for o in overrides if not _chooses_stage(o)], folders)


def hydra_main(
    work: Callable[[DictConfig], object],
    command: Command,
    overrides: Sequence[str],
    flags: Sequence[str] = (),
    *,
    folders: Sequence[Path] = (),
) -> None:
    """Run Hydra's own entry point with a command line of its making.

    Args:
        work: Hydra's task; a module-level function, because launchers pickle it by name.
        command: whose line it is.
        overrides: as typed, or swept over with commas.
        flags: of Hydra (`--multirun`, `--cfg`, `job`, ...).
        folders: of further YAML; Hydra itself is told by the flag --config-dir.

    Raises:
        ConfigError: Hydra cannot compose the line, or a sweep over several stages sets keys of a stage.
    """
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    stages = stages_of(overrides, *folders) if command == "train" else []
    lines = _lines_over(stages, overrides) if stages else list(overrides)
    stage = stages[0] if stages else None
    if stage is not None:
        flags = _with_composed_package(stage, flags)
    entry = hydra.main(version_base=HYDRA_VERSION_BASE, config_path=str(conf_dir()), config_name="run")(work)
    try:
        with _process_line([*lines, *flags]):
            entry()
    except (HydraException, OmegaConfBaseException) as e:
        raise ComposingFailed(e, config_name="run", overrides=lines, folders=folders, stage=stage) from e


def composed_here(config: DictConfig) -> Composed:
    """The configuration that Hydra hands to a task, with what Hydra keeps elsewhere."""
    from hydra.core.hydra_config import HydraConfig

    return _composed(config, HydraConfig.get())


@contextmanager
def job_environment(composed: Composed) -> Iterator[None]:
    """The environment variables that `hydra.job.env_set` asks for, set for a while."""
    asked = {str(name): str(value) for name, value in composed.hydra.job.env_set.items()}
    before = {name: os.environ.get(name) for name in asked}
    os.environ.update(asked)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def command_of(overrides: Sequence[str]) -> Command:
    """The command that a look-up with these overrides is about."""
    return "train" if any(_chooses_stage(o) for o in overrides) else "run"


def store_of(overrides: Sequence[str]) -> Path:
    """Where the store is, for commands that only read it.

    Raises:
        ConfigError: an override is about something else.
    """
    for override in overrides:
        if not override.startswith("paths."):
            raise ConfigError(f"{override}: this command takes paths.store= only", hint="leave it out")
    return Path(compose("config", overrides).config.paths.store).expanduser()


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


def _chooses_stage(override: str) -> bool:
    return override.startswith("stage=")


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
    try:
        config = hydra.compose(config_name, lines, return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, YAMLError) as e:
        raise ComposingFailed(e, config_name=config_name, overrides=overrides, folders=folders, stage=stage) from e
    own_part = config.hydra
    with open_dict(config):
        del config["hydra"]
    return _composed(config, own_part)


def _composed(config: DictConfig, hydra: Any) -> Composed:
    folders = [Path(s.path) for s in hydra.runtime.config_sources if s.schema == "file"]
    return Composed(config, dict(hydra.runtime.choices), tuple(folders), hydra)


def _lines_over(stages: Sequence[SingleStage], overrides: Sequence[str]) -> list[str]:
    """Overrides for Hydra's own entry, which sweeps over them: the recipe of each stage, and the keys of the one."""
    recipes = ",".join(stage.define_recipe(stage.upstream()) for stage in stages)
    rest = [o for o in overrides if not _chooses_stage(o)]
    lines = [stages[0].composed(o) for o in rest]
    if len(stages) > 1 and lines != rest:
        own = next(typed for typed, line in zip(rest, lines, strict=True) if typed != line)
        raise ConfigError(
            f"{own}: this launcher cannot sweep over stages and over keys of a stage at once",
            hint="start one sweep for each stage",
        )
    return [f"recipe={recipes}", "hydra.job.name=train", *lines]


def _with_composed_package(stage: SingleStage, flags: Sequence[str]) -> list[str]:
    """`--package trainer`, where `stages.X.trainer` is meant."""
    before = ["", *flags]
    return [stage.key(flag) if last == "--package" else flag for last, flag in zip(before, flags, strict=False)]


@contextmanager
def _process_line(argv: Sequence[str]) -> Iterator[None]:
    """`sys.argv` as Hydra is to read it, and HYDRA_FULL_ERROR: Hydra raises instead of printing and exiting."""
    line, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"], sys.argv = "1", [line[0], *argv]
    try:
        yield
    finally:
        sys.argv = line
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]

"""Hydra's own entry point, for what only it does: `--cfg`, `--info`, `--hydra-help`, foreign launchers and sweepers.

`hydra.main` reads `sys.argv`, so this is the one place that sets it, for as long as Hydra runs.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from r1cli.config.catalogue import conf_dir
from r1cli.config.environment import refuse_secrets
from r1cli.config.hydra import HYDRA_VERSION_BASE, Command, ComposingFailed, chooses_stage
from r1cli.config.single_stage import SingleStage, stages_of
from r1cli.errors import ConfigError

if TYPE_CHECKING:
    from omegaconf import DictConfig


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
    refuse_secrets()
    entry = hydra.main(version_base=HYDRA_VERSION_BASE, config_path=str(conf_dir()), config_name="run")(work)
    try:
        with _process_line([*lines, *flags]):
            entry()
    except (HydraException, OmegaConfBaseException) as e:
        raise ComposingFailed(e, config_name="run", overrides=lines, folders=folders, stage=stage) from e


def _lines_over(stages: Sequence[SingleStage], overrides: Sequence[str]) -> list[str]:
    """Overrides for Hydra's own entry, which sweeps over them: the recipe of each stage, and the keys of the one."""
    recipes = ",".join(stage.define_recipe(stage.upstream()) for stage in stages)
    rest = [o for o in overrides if not chooses_stage(o)]
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
        with _printed_by_logging() if "--info" in argv else nullcontext():
            yield
    finally:
        sys.argv = line
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]


@contextmanager
def _printed_by_logging() -> Iterator[None]:
    """Hydra prints `--info` by logging: a line that cannot be written (`| head`) fails here as it does in print."""
    usual = logging.Handler.handleError

    def fail(*_: object) -> None:
        raise  # noqa: PLE0704  (the handler calls this while it handles the exception)

    logging.Handler.handleError = fail  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        logging.Handler.handleError = usual  # type: ignore[method-assign]

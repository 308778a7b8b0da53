"""Sweeps: which cells a line with `-m` has, and how many of them run side by side.

A cell is one command of a sweep: one combination of the values that were given with commas. Hydra makes the grid and
launches it; what Hydra leaves open is decided here, from the command line and the composed configuration. On a CPU
several single-threaded trainings side by side do more than one with all threads; a GPU is given to one after another.

    r1 run -m experiment=r1_vs_zero
    r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3,1 jobs=4
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.compose import Command, look_up
from r1cli.errors import ConfigError
from r1cli.hardware import cores, free_memory_gib, gpu_files

if TYPE_CHECKING:
    from omegaconf import DictConfig

GIB_PER_CELL = 2.0
"""A training of model=tiny, with torch and all (0.9 to 1.6 GiB at its peak)."""
MOST_CELLS = 8
"""At once, unless `jobs=` says otherwise: beyond that memory bandwidth is the limit."""
LAUNCHER = "hydra/launcher="


def launcher(command: Command, overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> list[str]:
    """Overrides that choose how the cells of a sweep are launched; none if the line chooses itself.

    Raises:
        ConfigError: `jobs` is neither a number nor auto.
    """
    if any(o.startswith(LAUNCHER) for o in overrides):
        return []
    composed = look_up(command, roots(overrides), folders=folders)
    jobs = min(_jobs(composed.config), _most_cells(composed.hydra, overrides))
    return [f"{LAUNCHER}joblib", f"hydra.launcher.n_jobs={jobs}"] if jobs > 1 else []


def roots(overrides: Sequence[str]) -> list[str]:
    """What can be composed before it is known which cells there are: groups and keys of the root, one value of each.

    Keys of stages are left out; a recipe that is swept over may not have them.
    """
    found = []
    for given in _parsed(overrides):
        key = given.get_key_element()
        if key.startswith(("stages.", "~", "+", "data@", "reward@")) or (given.is_sweep_override() and "." in key):
            continue
        value = next(given.sweep_string_iterator()) if given.is_sweep_override() else given.get_value_element_as_str()
        found.append(f"{key}={value}")
    return found


def _jobs(config: DictConfig) -> int:
    if isinstance(config.jobs, int) and config.jobs > 0:
        return config.jobs
    if config.jobs != "auto":
        raise ConfigError(f"jobs: a number or auto is wanted (got {config.jobs!r})", hint="write jobs=2 or jobs=auto")
    if config.hardware.device == "cuda" or (config.hardware.device == "auto" and gpu_files()):
        return 1
    processes = config.hardware.processes if isinstance(config.hardware.processes, int) else 1
    return max(1, min(cores() // processes, int(free_memory_gib() / GIB_PER_CELL), MOST_CELLS))


def _most_cells(hydra: DictConfig, overrides: Sequence[str]) -> int:
    """Cells that the sweeper would ever start together."""
    if "optuna" in str(hydra.sweeper.get("_target_")):
        return int(hydra.sweeper.n_jobs)
    axes = dict(_axes(_parsed([f"{k}={v}" for k, v in (hydra.sweeper.params or {}).items()])))
    axes |= dict(_axes(_parsed(overrides)))
    return prod(axes.values())


def _axes(overrides: Sequence[Any]) -> list[tuple[str, int]]:
    """Key -> number of its values."""
    return [
        (o.get_key_element(), len(list(o.sweep_string_iterator())) if o.is_sweep_override() else 1) for o in overrides
    ]


def _parsed(overrides: Sequence[str]) -> list[Any]:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    return list(OverridesParser.create().parse_overrides(list(overrides)))

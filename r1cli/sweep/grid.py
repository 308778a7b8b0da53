"""Which cells a command line with `-m` has, and how many of them run side by side.

A cell is one combination of the values that the line gives with commas, in the order of Hydra's own sweeper. A search
(`hydra/sweeper=optuna`) chooses its cells as it goes, so it is another type: nobody can list them. On a CPU several
single-threaded trainings side by side do more than one with all threads; a GPU is given to one cell after another.
A key that only some of the line's recipes (or stages) have is left out of the cells of the others.

    r1 run -m experiment=r1_vs_zero
    r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3,1 jobs=4
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.config.build import build_from
from r1cli.config.catalogue import root_keys
from r1cli.config.hydra import Command, Composed, compose, hydra_ready
from r1cli.engine.fingerprint import fingerprint
from r1cli.errors import ConfigError
from r1cli.machine import cores, free_memory_gib, gpu_files

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.engine.job import Job

GIB_PER_CELL = 2.0
"""A training of model=tiny, with torch and all (0.9 to 1.6 GiB at its peak)."""
MOST_CELLS = 8
"""At once, unless `jobs=` says otherwise: beyond that memory bandwidth is the limit."""
LAUNCHER = "hydra/launcher="
NOT_MEANING = ("tracking", "hardware", "paths", "jobs", "objective", "hydra")
"""Roots of keys that change nothing of what is computed; a sweep has the same name whatever they say."""
CHOOSER: Mapping[Command, str] = {"run": "recipe", "train": "stage"}
"""The group whose option decides which other keys there are."""
Axes = Mapping[str, Sequence[str]]
"""Key -> the values that it takes in the sweep; one, if it is fixed; none, if they are drawn as a search goes."""


@dataclass(frozen=True)
class Cell:
    """One combination of values."""

    number: int
    """Counted from 0, as Hydra does."""
    name: str
    """What sets it apart: `recipe=r1 seed=0`."""
    overrides: tuple[str, ...]
    """All that it is composed with."""


@dataclass(frozen=True)
class Sweep:
    """A line with `-m`, understood."""

    id: str
    """The same for the same line, whatever the tracking and the hardware: names its W&B group and its ledger."""
    command: Command
    overrides: tuple[str, ...]
    folders: tuple[Path, ...]
    """With further YAML."""
    swept: tuple[str, ...]
    """Keys that differ between cells."""
    at_once: int
    """Cells that run side by side on this machine; 1 too where a launcher that the line names decides that."""
    objective: str
    """The measure that cells are compared by."""
    store: Path
    for_hydra: tuple[str, ...] | None
    """The line that Hydra is given to run the sweep; None where we run it ourselves (r1cli.sweep.pool)."""


@dataclass(frozen=True)
class Grid(Sweep):
    """Every combination of the values."""

    cells: tuple[Cell, ...]

    def jobs(self) -> list[Job]:
        """What each cell asks for.

        Raises:
            R1Error: a cell is wrong; none should start.
        """
        with hydra_ready():
            return [
                replace(
                    build_from(compose(self.command, cell.overrides, folders=self.folders)),
                    cell=cell.name,
                    group=self.id,
                    at_once=self.at_once,
                )
                for cell in self.cells
            ]


@dataclass(frozen=True)
class Search(Sweep):
    """A sweeper that chooses each cell by the outcome of those before it."""

    direction: str
    """Of the objective: "maximize" or "minimize"."""


def of(command: Command, overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> Grid | Search:
    """The sweep that a command line asks for; without commas, a grid of one cell.

    Raises:
        ConfigError: `jobs` is no number, the experiment is for the other command, or there is no SLURM.
    """
    if f"{LAUNCHER}submitit_slurm" in overrides and shutil.which("srun") is None:
        raise ConfigError("hydra/launcher=submitit_slurm: there is no SLURM here", hint="try hydra/launcher=joblib")
    if not any(o.startswith(LAUNCHER) for o in overrides) and any(o.startswith("hydra.launcher.") for o in overrides):
        overrides = [f"{LAUNCHER}joblib", *overrides]
    with hydra_ready():
        root = compose(command, roots(overrides), folders=folders)
        axes = _axes([*_of_experiment(root), *(o for o in overrides if not o.startswith(("hydra/", "hydra.")))])
        partial = _not_everywhere(command, axes, overrides, folders)
    sweeper = root.hydra.sweeper
    is_search = not _is_basic(sweeper)
    together = int(sweeper.n_jobs) if is_search else prod(len(values) for values in axes.values())
    at_once = min(_jobs(root.config), together)
    # By the line, or by an experiment; Hydra's own default is the basic one.
    named_launcher = any(o.startswith(LAUNCHER) for o in overrides) or not _is_basic(root.hydra.launcher)
    by_hydra = is_search or named_launcher or any(o.startswith(("hydra/", "hydra.")) for o in overrides)
    swept = tuple(key.lstrip("+") for key, values in axes.items() if len(values) != 1)
    common: dict[str, Any] = {
        "id": _id(command, root, axes),
        "command": command,
        "overrides": tuple(overrides),
        "folders": tuple(folders),
        "swept": swept,
        "at_once": 1 if named_launcher else at_once,
        "objective": str(root.config.objective),
        "store": Path(root.config.paths.store).expanduser().absolute(),
        "for_hydra": _for_hydra(overrides, partial, 1 if named_launcher else at_once) if by_hydra else None,
    }
    if is_search:
        return Search(**common, direction=str(sweeper.get("direction", "")))
    combinations = [_meaningful(command, combination, partial) for combination in _product(axes)]
    if not by_hydra:  # Hydra numbers all combinations; we need not run the same one twice
        combinations = list(dict.fromkeys(combinations))
    cells = tuple(Cell(i, name_of(combination, swept), combination) for i, combination in enumerate(combinations))
    return Grid(**common, cells=cells)


def name_of(overrides: Iterable[str], swept: Collection[str]) -> str:
    """What sets a cell apart, from all of its overrides: `recipe=r1 seed=0`."""
    labels = _labels(swept)
    pairs = [o.lstrip("+").partition("=") for o in overrides]
    return " ".join(f"{labels[key]}={value}" for key, _, value in pairs if key in labels)


def roots(overrides: Sequence[str]) -> list[str]:
    """What can be composed before it is known which cells there are: shared groups and keys, with one value of each.

    Keys of stages are left out: not every recipe, or stage, of the sweep may have them.
    """
    wanted = re.compile(rf"hydra[./].*|(paths|hardware)\..*|({'|'.join(root_keys() | {'stage'})})")
    values = {key: values for key, values in _axes(overrides).items() if wanted.fullmatch(key)}
    return [f"{key}={some[0]}" for key, some in values.items() if some]


def _of_experiment(root: Composed) -> list[str]:
    """The values that an experiment (conf/experiment/) sweeps over, as overrides."""
    params = root.hydra.sweeper.get("params") or {}
    return [f"{key}={values}" for key, values in params.items()]


def _axes(overrides: Sequence[str]) -> dict[str, list[str]]:
    """In the order and with the values of Hydra's own sweeper: the last word counts, at the place of the first."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with hydra_ready():
        loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(list(overrides))
    return {o.get_key_element(): _values(o) for o in parsed}


def _values(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.get_value_element_as_str()]
    # An interval has no values that could be counted; what a sweeper draws from it is its own affair.
    return list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []


def _product(axes: Axes) -> Iterator[tuple[str, ...]]:
    """Every combination of values, as overrides."""
    for values in product(*axes.values()):
        yield tuple(f"{key}={value}" for key, value in zip(axes, values, strict=True))


def _meaningful(command: Command, combination: Sequence[str], partial: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The overrides of a combination without those keys that its recipe (or stage) does not have."""
    chosen = dict(override.split("=", 1) for override in combination).get(CHOOSER[command], "")
    return tuple(o for o in combination if chosen in partial.get(o.partition("=")[0], {chosen}))


def _not_everywhere(
    command: Command, axes: Axes, overrides: Sequence[str], folders: Sequence[Path]
) -> dict[str, set[str]]:
    """Keys that some of the line's recipes (or stages) have and others have not -> those that have them."""
    chooser = CHOOSER[command]
    options = axes.get(chooser, [])
    if len(options) < 2:
        return {}
    rest = [override for override in roots(overrides) if not override.startswith(f"{chooser}=")]
    composed = {option: compose(command, [*rest, f"{chooser}={option}"], folders=folders) for option in options}
    partial = {}
    for key in axes:
        path = _decisive_part(command, key, axes)
        having = {option for option, one in composed.items() if one.has(path)}
        if path and 0 < len(having) < len(options):
            partial[key] = having
    return partial


def _decisive_part(command: Command, key: str, axes: Axes) -> str:
    """What must be in a configuration for `key` to have a meaning there; empty: it has one everywhere.

    A recipe has a node or has it not: a wrong key of that node is a mistake. Of a stage the whole key counts, unless it
    lies below a group that the line chooses itself, whose keys are not known yet.
    """
    parts = key.lstrip("+").split(".")
    if command == "run":
        return ".".join(parts[:2]) if parts[0] == "stages" and len(parts) > 2 else ""
    below_chosen_group = len(parts) > 1 and parts[0] in axes
    elsewhere = parts[0] in {*root_keys(), CHOOSER[command]} or not parts[0].isidentifier()
    return "" if below_chosen_group or elsewhere else ".".join(parts)


def _is_basic(plugin: DictConfig) -> bool:
    """Is it the sweeper, or launcher, that Hydra takes if nobody chooses one?"""
    return "_plugins.basic_" in str(plugin.get("_target_"))


def _for_hydra(overrides: Sequence[str], partial: Mapping[str, set[str]], at_once: int) -> tuple[str, ...]:
    """The line as Hydra can run it: with a launcher, and keys that not all recipes have added by force."""
    launcher = [f"{LAUNCHER}joblib", f"hydra.launcher.n_jobs={at_once}"] if at_once > 1 else []
    forced = [f"++{o}" if o.partition("=")[0] in partial else o for o in overrides]
    return (*launcher, *forced)


def _labels(swept: Collection[str]) -> dict[str, str]:
    """A group's name, or the last part of a key; the whole of it where two would be the same."""
    keys = [key.lstrip("+") for key in swept]
    last = [key.partition("@")[0] if "@" in key else key.rpartition(".")[2] for key in keys]
    return {key: name if last.count(name) == 1 else key for key, name in zip(keys, last, strict=True)}


def _jobs(config: DictConfig) -> int:
    """Cells at once: what `jobs=` says, or as many as cores and memory allow."""
    if isinstance(config.jobs, int) and config.jobs > 0:
        return config.jobs
    if config.jobs != "auto":
        raise ConfigError(f"jobs: a number or auto is wanted (got {config.jobs!r})", hint="write jobs=2 or jobs=auto")
    if config.hardware.device == "cuda" or (config.hardware.device == "auto" and gpu_files()):
        return 1
    processes = config.hardware.processes if isinstance(config.hardware.processes, int) else 1
    return max(1, min(cores() // processes, int(free_memory_gib() / GIB_PER_CELL), MOST_CELLS))


def _id(command: Command, root: Composed, axes: Axes) -> str:
    meaning = {k: list(v) for k, v in axes.items() if not re.match(rf"\+*({'|'.join(NOT_MEANING)})([.=/]|$)", k)}
    name = root.choices.get("experiment") or "-".join(axes.get(CHOOSER[command], [command]))
    return f"{name}-{fingerprint({'command': command, 'axes': meaning})[:8]}"

"""Which cells a command line with `-m` has, and how many of them run side by side.

A cell is one combination of the values that the line gives with commas (r1cli.sweep.axes). A search
(`hydra/sweeper=optuna`) chooses its cells as it goes, so it is another type: nobody can list them. On a CPU several
single-threaded trainings side by side do more than one with all threads; a GPU is given to one cell after another.
An experiment may also be a list of such lines (`experiments:` in its file): then its cells are theirs, in that order.

    r1 run -m experiment=r1_vs_zero
    r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3,1 jobs=4
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.config.build import build_from
from r1cli.config.catalogue import lines_of_experiment
from r1cli.config.hydra import Command, Composed, compose, hydra_ready
from r1cli.engine.fingerprint import fingerprint
from r1cli.errors import ConfigError
from r1cli.machine import cores, free_memory_gib, gpu_files
from r1cli.sweep.axes import CHOOSER, Axes, axes_of, combinations, partial_keys, roots

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.engine.job import Job

GIB_PER_CELL = 2.0
"""A training of model=tiny, with torch and all (0.9 to 1.6 GiB at its peak)."""
MOST_CELLS = 8
"""At once, unless `jobs=` says otherwise: beyond that memory bandwidth is the limit."""
LAUNCHER = "hydra/launcher="
EXPERIMENT = "experiment="
HYDRA = ("hydra/", "hydra.")
"""Beginnings of overrides of Hydra's own part of the configuration."""
NOT_MEANING = ("tracking", "hardware", "device", "bill", "cluster", "paths", "jobs", "objective", "hydra")
"""Roots of keys that change nothing of what is computed; a sweep has the same name whatever they say."""


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

    def composed(self) -> list[Composed]:
        """The configuration of each cell.

        Raises:
            ConfigError: a cell is wrong; none should start.
        """
        with hydra_ready():
            return [compose(self.command, cell.overrides, folders=self.folders) for cell in self.cells]

    def jobs(self, composed: Sequence[Composed] | None = None) -> list[Job]:
        """What each cell asks for.

        Args:
            composed: the cells, if they are composed already.

        Raises:
            R1Error: a cell is wrong; none should start.
        """
        built = [build_from(cell) for cell in (self.composed() if composed is None else composed)]
        return [
            replace(job, cell=cell.name, group=self.id, at_once=self.at_once)
            for cell, job in zip(self.cells, built, strict=True)
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
    _refuse_several_nodes(overrides)
    if (name := _experiment(overrides)) and (parts := lines_of_experiment(name, *folders)):
        return _union(name, parts, command, overrides, folders)
    if not any(o.startswith(LAUNCHER) for o in overrides) and any(o.startswith("hydra.launcher.") for o in overrides):
        overrides = [f"{LAUNCHER}joblib", *overrides]
    with hydra_ready():
        root = compose(command, roots(overrides), folders=folders)
        own = [override for override in overrides if not override.startswith(HYDRA)]
        axes = axes_of([*_of_experiment(root), *own])
        partial = partial_keys(command, axes, overrides, folders)
    sweeper = root.hydra.sweeper
    is_search = not _is_basic(sweeper)
    together = int(sweeper.n_jobs) if is_search else prod(len(values) for values in axes.values())
    at_once = min(_jobs(root.config), together)
    # By the line, or by an experiment; Hydra's own default is the basic one.
    named_launcher = any(o.startswith(LAUNCHER) for o in overrides) or not _is_basic(root.hydra.launcher)
    if named_launcher:
        at_once = 1
    by_hydra = is_search or named_launcher or len(own) < len(overrides)
    swept = tuple(key.lstrip("+") for key, values in axes.items() if len(values) != 1)
    common: dict[str, Any] = {
        "id": _id(command, root, axes),
        "command": command,
        "overrides": tuple(overrides),
        "folders": tuple(folders),
        "swept": swept,
        "at_once": at_once,
        "objective": str(root.config.objective),
        "store": Path(root.config.paths.store).expanduser().absolute(),
        "for_hydra": _for_hydra(overrides, partial, at_once) if by_hydra else None,
    }
    if is_search:
        return Search(**common, direction=str(sweeper.get("direction", "")))
    lines = list(combinations(command, axes, partial))
    if not by_hydra:  # Hydra numbers all combinations; we need not run the same one twice
        lines = list(dict.fromkeys(lines))
    cells = [Cell(number, name_of(line, swept), line) for number, line in enumerate(lines)]
    return Grid(**common, cells=tuple(cells))


def _union(
    name: str, lines: Sequence[str], command: Command, overrides: Sequence[str], folders: Sequence[Path]
) -> Grid:
    """The cells of several sweeps, one after another, as one grid; what the line adds holds for each of them."""
    added = [o for o in overrides if not o.startswith(EXPERIMENT)]
    if wrong := next((o for o in added if o.startswith(HYDRA)), None):
        message = f"experiment={name} is several sweeps, which run in processes of our own"
        raise ConfigError(f"{wrong}: {message}", hint=f"run one of them so: {lines[0]}")
    cells: list[Cell] = []
    sweeps: list[Grid] = []
    for line in lines:
        sweep = of(command, [*line.split(), *added], folders=folders)
        assert isinstance(sweep, Grid)  # a search has no place here, see lines_of_experiment
        sweeps.append(sweep)
        for cell in sweep.cells:
            own = (f"{EXPERIMENT}{_experiment(cell.overrides)}", cell.name)
            cells.append(replace(cell, number=len(cells), name=" ".join(filter(None, own))))
    keys = dict.fromkeys(("experiment", *(key for sweep in sweeps for key in sweep.swept)))
    first = sweeps[0]
    return replace(
        first,
        id=f"{name}-{fingerprint({'sweeps': [sweep.id for sweep in sweeps]})[:8]}",
        overrides=tuple(overrides),
        swept=tuple(keys),
        at_once=max(sweep.at_once for sweep in sweeps),
        cells=tuple(cells),
    )


def _experiment(overrides: Iterable[str]) -> str:
    """The experiment that a line chooses, the last of several; empty if it chooses none."""
    return next((o.removeprefix(EXPERIMENT) for o in reversed([*overrides]) if o.startswith(EXPERIMENT)), "")


def _refuse_several_nodes(overrides: Sequence[str]) -> None:
    """submitit runs a cell once on each node, and once for each task of it."""
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        if key in {"hydra.launcher.nodes", "hydra.launcher.tasks_per_node"} and value != "1":
            message = f"{override}: this launcher would run each cell {value} times, side by side"
            raise ConfigError(message, hint="for cells on several machines: cluster=slurm hardware.nodes=2")


def name_of(overrides: Iterable[str], swept: Collection[str]) -> str:
    """What sets a cell apart, from all of its overrides: `recipe=r1 seed=0`."""
    labels = _labels(swept)
    pairs = [o.lstrip("+").partition("=") for o in overrides]
    return " ".join(f"{labels[key]}={value}" for key, _, value in pairs if key in labels)


def _of_experiment(root: Composed) -> list[str]:
    """The values that an experiment (conf/experiment/) sweeps over, as overrides."""
    params = root.hydra.sweeper.get("params") or {}
    return [f"{key}={values}" for key, values in params.items()]


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

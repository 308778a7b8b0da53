"""Sweeps: which cells a line with `-m` has, and how many of them run side by side.

A cell is one command of a sweep: one combination of the values that were given with commas. Hydra makes the grid and
launches it; what Hydra leaves open is decided here, before the first cell starts. On a CPU several single-threaded
trainings side by side do more than one with all threads; a GPU is given to one after another. A key of a node that only
some recipes of the sweep have (`recipe=r1,r1_zero stages.reasoning_rl.steps=40,80`) is left out where it means nothing.

    r1 run -m experiment=r1_vs_zero
    r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3,1 jobs=4
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.config.compose import Command, Composed, look_up, looking_up
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
NOT_MEANING = ("tracking", "hardware", "paths", "jobs", "objective")
"""Roots of keys that change nothing of what is computed; a sweep has the same name whatever they say."""
Axes = Mapping[str, Sequence[str]]
"""Key -> the values that it takes in the sweep; one, if it is fixed."""


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
    line: tuple[str, ...]
    """What Hydra is given: the overrides, and a launcher."""
    cells: tuple[Cell, ...]
    """Empty where the sweeper finds them as it goes."""
    swept: tuple[str, ...]
    """Keys that differ between cells."""
    at_once: int
    """Cells that run side by side on this machine; 1: one after another, or wherever the line's own launcher says."""
    objective: str
    """The measure that cells are told by."""
    direction: str
    """Of a search, "maximize" or "minimize"; empty for a grid."""
    store: Path
    folders: tuple[Path, ...]

    def jobs(self) -> list[Job]:
        """What each cell asks for.

        Raises:
            R1Error: a cell is wrong; none should start.
        """
        from r1cli.config.compose import job_from

        with looking_up():
            return [job_from(look_up(self.command, c.overrides, folders=self.folders)) for c in self.cells]


def of(command: Command, overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> Sweep:
    """The sweep that a command line asks for.

    Raises:
        ConfigError: `jobs` is no number, the experiment is for the other command, or there is no SLURM.
    """
    if f"{LAUNCHER}submitit_slurm" in overrides and shutil.which("srun") is None:
        raise ConfigError("hydra/launcher=submitit_slurm: there is no SLURM here", hint="try hydra/launcher=joblib")
    with looking_up():
        root = _root(command, overrides, folders)
        own = [o for o in overrides if not o.startswith(("hydra/", "hydra."))]
        axes = _axes([*(f"{key}={values}" for key, values in (root.hydra.sweeper.params or {}).items()), *own])
        partial = _not_everywhere(command, axes, overrides, folders)
    names = [k.lstrip("+") for k, values in axes.items() if len(values) != 1]
    cells = [] if _searches(root.hydra) else [_cell(i, c, names, partial) for i, c in enumerate(_grid(axes))]
    at_once = min(_jobs(root.config), _together(root.hydra, axes))
    chosen = any(o.startswith(LAUNCHER) for o in overrides)
    launcher = [f"{LAUNCHER}joblib", f"hydra.launcher.n_jobs={at_once}"] if at_once > 1 and not chosen else []
    return Sweep(
        id=_id(command, root, axes),
        command=command,
        line=(*launcher, *(f"++{o}" if o.partition("=")[0] in partial else o for o in overrides)),
        cells=tuple(cells),
        swept=tuple(names),
        at_once=1 if chosen else at_once,
        objective=str(root.config.objective),
        direction=str(root.hydra.sweeper.get("direction", "")),
        store=Path(root.config.paths.store).expanduser().absolute(),
        folders=tuple(folders),
    )


def name_of(overrides: Iterable[str], swept: Collection[str]) -> str:
    """What sets a cell apart, from all of its overrides: `recipe=r1 seed=0`."""
    labels = _labels(swept)
    pairs = [o.lstrip("+").partition("=") for o in overrides]
    return " ".join(f"{labels[key]}={value}" for key, _, value in pairs if key in labels)


def roots(overrides: Sequence[str]) -> list[str]:
    """What can be composed before it is known which cells there are: groups and keys of the root, one value of each.

    Keys of stages are left out; a recipe that is swept over may not have them.
    """
    wanted = re.compile(r"(hydra[./].*|(paths|hardware)\..*|[^.@~+]*)")
    values = {key: values for key, values in _axes(overrides).items() if wanted.fullmatch(key)}
    return [f"{key}={some[0]}" for key, some in values.items() if some]


def _root(command: Command, overrides: Sequence[str], folders: Sequence[Path]) -> Composed:
    from hydra.errors import HydraException

    experiment = next((o for o in overrides if o.startswith("experiment=")), "")
    mistake = ConfigError(f"{experiment} is about recipes, not about one stage", hint=f"r1 run -m {experiment}")
    try:
        root = look_up(command, roots(overrides), folders=folders)
    except HydraException as e:
        if command == "train" and experiment and "'recipe'" in str(e):
            raise mistake from e
        raise
    if command == "train" and experiment and "recipe" in (root.hydra.sweeper.params or {}):
        raise mistake
    return root


def _axes(overrides: Sequence[str]) -> dict[str, list[str]]:
    """In the order and with the values of Hydra's own sweeper: the last word counts, at the place of the first."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with looking_up():
        loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(list(overrides))
    return {o.get_key_element(): _values(o) for o in parsed}


def _values(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.get_value_element_as_str()]
    # An interval has no values that could be counted; what a sweeper draws from it is its own affair.
    return list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []


def _grid(axes: Axes) -> Iterable[list[str]]:
    return ([f"{k}={v}" for k, v in zip(axes, row, strict=True)] for row in product(*axes.values()))


def _cell(number: int, overrides: Sequence[str], swept: Collection[str], partial: Mapping[str, set[str]]) -> Cell:
    recipe = next((o.partition("=")[2] for o in overrides if o.startswith("recipe=")), "")
    mine = [o for o in overrides if recipe in partial.get(o.partition("=")[0], {recipe})]
    return Cell(number, name_of(mine, swept), tuple(mine))


def _not_everywhere(
    command: Command, axes: Axes, overrides: Sequence[str], folders: Sequence[Path]
) -> dict[str, set[str]]:
    """Keys of nodes that some recipes of the sweep have and others have not -> the recipes that have them."""
    recipes, rest = axes.get("recipe", []), [o for o in roots(overrides) if not o.startswith("recipe=")]
    keys = {key: parts[1] for key in axes if (parts := key.lstrip("+").split("."))[0] == "stages" and len(parts) > 2}
    if len(recipes) < 2 or not keys:
        return {}
    nodes = {r: set(look_up(command, [*rest, f"recipe={r}"], folders=folders).config.stages) for r in recipes}
    having = {key: {r for r in recipes if node in nodes[r]} for key, node in keys.items()}
    return {key: some for key, some in having.items() if 0 < len(some) < len(nodes)}


def _labels(swept: Collection[str]) -> dict[str, str]:
    """A group's name, or the last part of a key; the whole of it where two would be the same."""
    keys = [key.lstrip("+") for key in swept]
    last = [key.partition("@")[0] if "@" in key else key.rpartition(".")[2] for key in keys]
    return {key: name if last.count(name) == 1 else key for key, name in zip(keys, last, strict=True)}


def _jobs(config: DictConfig) -> int:
    if isinstance(config.jobs, int) and config.jobs > 0:
        return config.jobs
    if config.jobs != "auto":
        raise ConfigError(f"jobs: a number or auto is wanted (got {config.jobs!r})", hint="write jobs=2 or jobs=auto")
    if config.hardware.device == "cuda" or (config.hardware.device == "auto" and gpu_files()):
        return 1
    processes = config.hardware.processes if isinstance(config.hardware.processes, int) else 1
    return max(1, min(cores() // processes, int(free_memory_gib() / GIB_PER_CELL), MOST_CELLS))


def _together(hydra: DictConfig, axes: Axes) -> int:
    """Cells that the sweeper would ever start together."""
    return int(hydra.sweeper.n_jobs) if _searches(hydra) else prod(len(values) for values in axes.values())


def _searches(hydra: DictConfig) -> bool:
    """Does the sweeper find its cells as it goes? Then they cannot be listed."""
    return "basic_sweeper" not in str(hydra.sweeper.get("_target_"))


def _id(command: Command, root: Composed, axes: Axes) -> str:
    meaning = {k: list(v) for k, v in axes.items() if not re.match(rf"\+*({'|'.join(NOT_MEANING)})([.=/]|$)", k)}
    name = root.choices.get("experiment") or "-".join(axes.get("recipe" if command == "run" else "stage", [command]))
    return f"{name}-{fingerprint({'command': command, 'axes': meaning})[:8]}"

"""Which results a line of overrides, or an experiment, is about: those that `r1 run -m` would make or reuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from r1cli.config.catalogue import chosen_by_experiment, options
from r1cli.config.hydra import Command, command_of
from r1cli.engine.evaluation import is_evaluation
from r1cli.errors import ConfigError
from r1cli.store.store import Store
from r1cli.sweep import grid
from r1cli.sweep.grid import EXPERIMENT
from r1cli.sweep.ledger import Ledger
from r1cli.text import did_you_mean


def fingerprints(overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> set[str]:
    """Fingerprints of all nodes of all cells that the overrides stand for; of a search, what its trials evaluated.

    Raises:
        ConfigError: they cannot be composed, or they are a search of which no trial was run.
    """
    experiment = next((o.removeprefix(EXPERIMENT) for o in overrides if o.startswith(EXPERIMENT)), "")
    command = _command_for(experiment) if experiment in options("experiment") else command_of(overrides)
    sweep = grid.of(command, overrides, folders=folders)
    if isinstance(sweep, grid.Grid):
        return {node.fingerprint for job in sweep.jobs() for node in job.graph.nodes.values()}
    # A search chooses its cells as it goes: which they were is in the ledger that it left.
    tried: set[str] = set()
    for ledger in Ledger.all_of(sweep.store, sweep.id):
        tried.update(*(cell.evaluations for cell in ledger.cells()))
    if not tried:
        line = " ".join(overrides)
        raise ConfigError(
            f"{line} is a search, and none of its trials is in the store", hint=f"run it: r1 {command} -m {line}"
        )
    return tried


@dataclass(frozen=True)
class ExperimentEvaluations:
    """What an experiment would evaluate."""

    stored: Mapping[str, str]
    """Fingerprint -> what sets its cell apart from the others, seeds left out; empty if different cells share it."""
    missing: Sequence[str]
    """`recipe=r1 seed=2: eval_base, eval_coldstart`, for each cell with evaluations that the store does not have."""


def evaluations_of(name: str, overrides: Sequence[str]) -> ExperimentEvaluations:
    """Compose all cells of an experiment, and look each of their evaluations up in the store.

    Raises:
        ConfigError: there is no such experiment, or it is a search.
    """
    known = options("experiment")
    if name not in known:
        hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
        raise ConfigError(f"experiment={name}: there is none", hint=hint)
    sweep = grid.of(_command_for(name), [f"experiment={name}", *overrides])
    if isinstance(sweep, grid.Search):
        raise ConfigError(f"experiment={name} is a search: its cells are not known beforehand", hint="give NAMES")
    store = Store(sweep.store)
    swept = [key for key in sweep.swept if key != "seed"]
    names: dict[str, set[str]] = {}
    missing: list[str] = []
    for cell, job in zip(sweep.cells, sweep.jobs(), strict=True):
        absent = []
        for node in job.graph.nodes.values():
            if not is_evaluation(node.name):
                continue
            if store.get(node.name, node.fingerprint) is None:
                absent.append(node.name)
            else:
                names.setdefault(node.fingerprint, set()).add(grid.name_of(cell.overrides, swept))
        if absent:
            missing.append(f"{cell.name}: {', '.join(absent)}")
    stored = {fingerprint: next(iter(of)) if len(of) == 1 else "" for fingerprint, of in names.items()}
    return ExperimentEvaluations(stored, missing)


def _command_for(name: str) -> Command:
    """Is it for `r1 train -m` or for `r1 run -m`? An experiment on one stage chooses the stage."""
    return "train" if "stage" in chosen_by_experiment(name) else "run"

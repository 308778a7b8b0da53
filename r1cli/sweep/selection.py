"""Which results a line of overrides chooses: those that `r1 run -m` with the same overrides would make or reuse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from r1cli.config.catalogue import options
from r1cli.config.hydra import command_of
from r1cli.errors import ConfigError
from r1cli.sweep import grid
from r1cli.sweep.experiment import command_for
from r1cli.sweep.ledger import Ledger

EXPERIMENT = "experiment="


def fingerprints(overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> set[str]:
    """Fingerprints of all nodes of all cells that the overrides stand for; of a search, what its trials evaluated.

    Raises:
        ConfigError: they cannot be composed, or they are a search of which no trial was run.
    """
    experiment = next((o.removeprefix(EXPERIMENT) for o in overrides if o.startswith(EXPERIMENT)), "")
    command = command_for(experiment) if experiment in options("experiment") else command_of(overrides)
    sweep = grid.of(command, overrides, folders=folders)
    if isinstance(sweep, grid.Grid):
        return {node.fingerprint for job in sweep.jobs() for node in job.graph.nodes.values()}
    # A search chooses its cells as it goes: which they were is in the ledger that it left.
    ledgers = Ledger.all_of(sweep.store, sweep.id)
    tried = {evaluation for ledger in ledgers for cell in ledger.cells() for evaluation in cell.evaluations}
    if not tried:
        line = " ".join(overrides)
        raise ConfigError(
            f"{line} is a search, and none of its trials is in the store", hint=f"run it: r1 {command} -m {line}"
        )
    return tried

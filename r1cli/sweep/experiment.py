"""The evaluations that an experiment (conf/experiment/) asks for: which of them are there, and which are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from r1cli.config.catalogue import conf_dir, options
from r1cli.config.hydra import Command
from r1cli.engine.evaluation import is_evaluation
from r1cli.errors import ConfigError
from r1cli.store.store import Store


@dataclass(frozen=True)
class Asked:
    """What an experiment would evaluate."""

    there: Mapping[str, str]
    """Fingerprint -> what sets its cells apart from the others, seeds left out; empty if several share it."""
    missing: Sequence[str]
    """`recipe=r1 seed=2: eval_base, eval_coldstart`, for each cell with evaluations that the store has not."""


def asked(name: str, overrides: Sequence[str]) -> Asked:
    """Compose all cells of an experiment and look each of their evaluations up.

    Raises:
        ConfigError: there is no such experiment.
    """
    from r1cli.sweep import grid
    from r1cli.text import did_you_mean

    known = options("experiment")
    if name not in known:
        raise ConfigError(
            f"experiment={name}: there is none", hint=did_you_mean(name, known) or f"known: {', '.join(known)}"
        )
    found = grid.of(command_for(name), [f"experiment={name}", *overrides])
    if isinstance(found, grid.Search):
        raise ConfigError(f"experiment={name} is a search: its cells are not known beforehand", hint="give NAMES")
    store = Store(found.store)
    there: dict[str, str] = {}
    swept = [key for key in found.swept if key != "seed"]
    missing: list[str] = []
    for cell, job in zip(found.cells, found.jobs(), strict=True):
        nodes = [n for n in job.graph.nodes.values() if is_evaluation(n.name)]
        absent = [n for n in nodes if store.get(n.name, n.fingerprint) is None]
        name = grid.name_of(cell.overrides, swept)
        for node in nodes:
            if node not in absent:
                there[node.fingerprint] = name if there.get(node.fingerprint, name) == name else ""
        if absent:
            missing.append(f"{cell.name}: {', '.join(n.name for n in absent)}")
    return Asked(there, missing)


def command_for(name: str) -> Command:
    """Is it for `r1 train -m` or for `r1 run -m`? An experiment on one stage chooses the stage."""
    import yaml

    plain: dict[str, Any] = yaml.safe_load((conf_dir() / "experiment" / f"{name}.yaml").read_text("utf-8")) or {}
    params = ((plain.get("hydra") or {}).get("sweeper") or {}).get("params") or {}
    chosen = [key for d in plain.get("defaults") or [] if isinstance(d, dict) for key in d]
    return "train" if "stage" in params or any(key.split()[-1] in {"/stage", "stage"} for key in chosen) else "run"

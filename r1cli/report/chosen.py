"""Which results a command line chooses: those that `r1 run` with the same overrides would make or reuse.

Commas mean several commands, as with `-m`; an experiment's own sweep is taken into account.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli.config import compose


def fingerprints(overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> set[str]:
    """Of all nodes of all commands that the overrides stand for.

    Raises:
        R1Error: they cannot be composed.
    """
    found: set[str] = set()
    for lines in cells(overrides, folders=folders):
        with compose.looking_up():
            job = compose.job_from(compose.look_up(compose.command_of(lines), lines, folders=folders))
        found.update(node.fingerprint for node in job.graph.nodes.values())
    return found


def cells(overrides: Sequence[str], *, folders: Sequence[Path] = ()) -> list[list[str]]:
    """One list of overrides for each command that lines with commas stand for."""
    command = compose.command_of(overrides)
    axes = {key: values for line in overrides for key, values in _axis(line)}
    if any(line.startswith("experiment=") for line in overrides):
        first = [f"{key}={values[0]}" for key, values in axes.items()]
        with compose.looking_up():
            swept = compose.look_up(command, first, folders=folders).hydra.sweeper.get("params") or {}
        axes = _parsed_all(swept) | axes
    return [[f"{k}={v}" for k, v in zip(axes, cell, strict=True)] for cell in itertools.product(*axes.values())]


def _parsed_all(params: Mapping[str, Any]) -> dict[str, list[str]]:
    return {key: values for name, value in params.items() for key, values in _axis(f"{name}={value}")}


def _axis(line: str) -> list[tuple[str, list[str]]]:
    """The key of an override, and its values: several for `seed=0,1,2`."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    (given,) = OverridesParser.create().parse_overrides([line])
    key = given.input_line.partition("=")[0] if given.input_line else given.get_key_element()
    if given.is_sweep_override():
        return [(key, list(given.sweep_string_iterator()))]
    return [(key, [line.partition("=")[2]])]

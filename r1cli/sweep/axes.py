"""The values of a command line with `-m`: which keys are swept, over what, and in which combinations.

Values come in the order of Hydra's own sweeper. A key that only some of the line's recipes (or stages) have, such as
`recipe=r1,r1_zero stages.reasoning_rl.steps=40,80`, is left out of the combinations of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from r1cli.config.catalogue import root_keys
from r1cli.config.hydra import Command, compose, hydra_ready

CHOOSER: Mapping[Command, str] = {"run": "recipe", "train": "stage"}
"""The group whose option decides which other keys there are."""
Axes = Mapping[str, Sequence[str]]
"""Key -> the values that it takes in the sweep; one, if it is fixed; none, if they are drawn as a search goes."""


def axes_of(overrides: Sequence[str]) -> dict[str, list[str]]:
    """Every key of the overrides with its values; of a key given twice the last, at the place of the first."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with hydra_ready():
        loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(list(overrides))
    return {o.get_key_element(): _values(o) for o in parsed}


def roots(overrides: Sequence[str]) -> list[str]:
    """What can be composed before it is known which cells there are: shared groups and keys, with one value of each.

    Keys of stages are left out: not every recipe, or stage, of the sweep may have them.
    """
    wanted = re.compile(rf"hydra[./].*|(paths|hardware)\..*|({'|'.join(root_keys() | {'stage'})})")
    values = {key: values for key, values in axes_of(overrides).items() if wanted.fullmatch(key)}
    return [f"{key}={some[0]}" for key, some in values.items() if some]


def combinations(command: Command, axes: Axes, partial: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Every combination of values, as overrides; `partial` is what `partial_keys` found."""
    for values in product(*axes.values()):
        overrides = [f"{key}={value}" for key, value in zip(axes, values, strict=True)]
        yield _meaningful(command, overrides, partial)


def partial_keys(
    command: Command, axes: Axes, overrides: Sequence[str], folders: Sequence[Path]
) -> dict[str, set[str]]:
    """Keys that some of the line's recipes (or stages) have and others have not -> those that have them."""
    chooser = CHOOSER[command]
    options = axes.get(chooser, [])
    decisive = {key: path for key in axes if (path := _decisive_part(command, key, axes))}
    if len(options) < 2 or not decisive:
        return {}
    rest = [override for override in roots(overrides) if not override.startswith(f"{chooser}=")]
    composed = {option: compose(command, [*rest, f"{chooser}={option}"], folders=folders) for option in options}
    partial = {}
    for key, path in decisive.items():
        having = {option for option, one in composed.items() if one.has(path)}
        if 0 < len(having) < len(options):
            partial[key] = having
    return partial


def _meaningful(command: Command, combination: Sequence[str], partial: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The overrides of a combination without those keys that its recipe (or stage) does not have."""
    chosen = dict(override.split("=", 1) for override in combination).get(CHOOSER[command], "")
    return tuple(o for o in combination if chosen in partial.get(o.partition("=")[0], {chosen}))


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


def _values(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.get_value_element_as_str()]
    # An interval has no values that could be counted; what a sweeper draws from it is unknown.
    return list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []

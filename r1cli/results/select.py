"""Which evaluations belong in one table, in which order, and which of them a name means.

Evaluations are comparable when they asked the same questions in the same way, that is, when their identities agree in
all but the model and the seed of the run. What an experiment or a line of overrides chooses is known where its grid is
(r1cli.sweep); from there come fingerprints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from r1cli.config.catalogue import model_names, plain_name
from r1cli.errors import ConfigError
from r1cli.layout import FEWEST_DIGITS
from r1cli.results import paper, replicates
from r1cli.results.evaluations import Evaluation, read_evaluations
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.text import did_you_mean


def evaluations(
    store: Store,
    *,
    everything: bool = False,
    only: Collection[str] | None = None,
    every_configuration: bool = False,
) -> list[Evaluation]:
    """The evaluations of a store that belong in one table, in the order of the paper's.

    Args:
        store: where the reports are.
        everything: all, also those that cannot be compared and those that newer ones replace.
        only: fingerprints of evaluations to look at; None for all.
        every_configuration: the newest of each checkpoint, seed and configuration, instead of each checkpoint and seed.
    """
    every = read_evaluations(store.entries())
    if only is not None:
        return labelled([e for e in every if e.fingerprint in only])
    if everything:
        return labelled(every)
    return labelled(newest(comparable(every), every_configuration=every_configuration))


def comparable(every: Sequence[Evaluation]) -> list[Evaluation]:
    """Those that asked the same questions as the newest; they come oldest first."""
    if not every:
        return []
    wanted = question(every[-1].entry)
    return [e for e in every if question(e.entry) == wanted]


def newest(every: Iterable[Evaluation], *, every_configuration: bool) -> list[Evaluation]:
    """The newest of each checkpoint and seed, or of each checkpoint, seed and configuration."""
    kept: dict[tuple[Any, ...], Evaluation] = {}
    for evaluation in every:
        group = evaluation.group if every_configuration else evaluation.checkpoint
        kept[group, evaluation.seed] = evaluation
    return list(kept.values())


def labelled(shown: Sequence[Evaluation], names: Mapping[str, str] | None = None) -> list[Evaluation]:
    """The same in the order of the paper's table, each with what tells its configuration from the others shown.

    `names` has labels for some, by the evaluation's fingerprint; they are taken where they tell configurations apart.
    """
    labels: dict[tuple[str, str], str] = {}
    for checkpoint in {e.checkpoint for e in shown}:
        members = [e for e in shown if e.checkpoint == checkpoint]
        computed = replicates.labels({e.group: e.configuration for e in members})
        given = {e.group: (names or {}).get(e.fingerprint, "") for e in members}
        distinct = len(set(given.values())) == len(given)
        labels |= given if len(given) > 1 and distinct and "" not in given.values() else computed
    return sorted((replace(e, label=labels[e.group]) for e in shown), key=_order)


def named(shown: Sequence[Evaluation], names: Iterable[str]) -> list[Evaluation]:
    """Those that `names` mean: checkpoints (`coldstart`, `Dev1`), rows (`Dev2 language=0.1`), fingerprints' beginnings.

    Raises:
        ConfigError: one of the names means none of them.
    """
    wanted = [e for name in names for e in _meant(shown, name)]
    return [e for e in shown if e in wanted]


def baseline_of(shown: Sequence[Evaluation], name: str) -> list[Evaluation]:
    """The replicates of the one configuration that `name` means.

    Raises:
        ConfigError: it means none, or several that differ in more than the seed.
    """
    meant = _meant(shown, name)
    if len({e.group for e in meant}) > 1:
        choices = ", ".join(dict.fromkeys(f"'{e.name}' ({e.model[:8]})" for e in meant))
        raise ConfigError(f"--baseline {name}: several rows have this name", hint=f"give one of {choices}")
    return meant


def question(entry: Entry) -> dict[str, Any]:
    """An evaluation's identity without the model that was evaluated and the seed."""
    identity = entry.manifest.identity
    config = {k: v for k, v in identity["config"].items() if k != "seed"}
    return {**identity, "inputs": None, "config": config}


def _meant(shown: Sequence[Evaluation], name: str) -> list[Evaluation]:
    plain = plain_name(name)
    meant = [e for e in shown if plain in map(plain_name, (e.checkpoint, paper.name_of(e.checkpoint), e.name))]
    if not meant and len(plain) >= FEWEST_DIGITS:
        meant = [e for e in shown if e.model.startswith(plain) or e.fingerprint.startswith(plain)]
    if not meant:
        raise _unknown(shown, name)
    return meant


def _unknown(shown: Sequence[Evaluation], name: str) -> ConfigError:
    models = [*model_names(), *model_names().values()]
    present = ", ".join(dict.fromkeys(e.name for e in shown))
    hint = f"evaluated here: {present}" if shown else "try r1 run"
    # A model of the paper that was not evaluated is no misspelling.
    if plain_name(name) not in {plain_name(m) for m in models}:
        known = dict.fromkeys(n for e in shown for n in (e.checkpoint, e.name))
        hint = did_you_mean(name, [*known, *models]) or hint
    return ConfigError(f"no evaluation of '{name}' in this store", hint=hint)


def _order(e: Evaluation) -> tuple[tuple[int, str], str, int]:
    return paper.place(e.checkpoint), e.label, e.seed

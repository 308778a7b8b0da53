"""Stages that were trained with several choices of reward weights: what a weight buys, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from r1cli.results import select, table
from r1cli.results.evaluations import Evaluation
from r1cli.results.lineage import Lineage
from r1cli.results.table import TableRow
from r1cli.store.records import Entry


@dataclass(frozen=True)
class WeightChoice:
    """One choice of reward weights, and what its models reached."""

    weights: Mapping[str, float]
    row: TableRow


def trade_offs(lineage: Lineage, evaluations: Sequence[Evaluation]) -> dict[str, list[WeightChoice]]:
    """Node -> its choices of weights, for nodes that were trained and evaluated with several."""
    by_node: dict[str, list[WeightChoice]] = {}
    for group in lineage.groups:
        weights = reward_weights(group.entries[0])
        models = {e.manifest.fingerprint for e in group.entries}
        rows = table.over_seeds(select.labelled([e for e in evaluations if e.model in models])) if weights else []
        if rows:
            by_node.setdefault(group.node, []).append(WeightChoice(weights, rows[0]))
    return {
        node: sorted(choices, key=lambda choice: sorted(choice.weights.items()))
        for node, choices in by_node.items()
        if varied(choices)
    }


def varied(choices: Sequence[WeightChoice]) -> list[str]:
    """Names of the weights that are not the same in all choices."""
    names = sorted({name for choice in choices for name in choice.weights})
    return [name for name in names if len({choice.weights.get(name) for choice in choices}) > 1]


def reward_weights(entry: Entry) -> dict[str, float]:
    """The weights that a result was trained with; empty where there was no reward."""
    reward = entry.manifest.identity.get("config", {}).get("reward") or {}
    return dict(reward.get("weights") or {})

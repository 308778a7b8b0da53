"""Evaluation results side by side: which of the store's reports belong in one table, and in which order.

Reports are comparable when the same questions were asked in the same way, that is when the identities of their
evaluations agree in all but the model and the seed of the run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from r1cli.entry import Entry
from r1cli.store import Store

LABELS = {
    "base": "Base",
    "r1_zero": "R1-Zero",
    "coldstart": "Dev1",
    "reasoning_rl": "Dev2",
    "rejection_sft": "Dev3",
    "all_scenario_rl": "R1",
    "distill": "Student",
}
"""Nodes in the order of the paper's stage table, and what the paper calls their models."""
KEYS = (
    *("checkpoint", "fingerprint", "seed", "n_problems", "k"),
    *("accuracy", "cons_at_k", "format", "language", "tokens", "reflection", "general"),
)


def compare(store: Store, *, everything: bool = False, only: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The rows of `r1 compare`.

    Args:
        store: where the reports are.
        everything: all reports, also those that cannot be compared and those that newer ones replace.
        only: fingerprints of evaluations to look at; None for all.
    """
    entries = [e for e in store.entries() if e.manifest.node.startswith("eval_")]
    if only is not None:
        entries = [e for e in entries if e.manifest.fingerprint in only]
    chosen = entries if everything or only is not None else _newest_comparable(entries)
    return sorted((_row(e) for e in chosen), key=_place)


def _newest_comparable(entries: list[Entry]) -> Iterable[Entry]:
    if not entries:
        return []
    asked = _question(entries[-1])
    return {(e.manifest.node, e.manifest.seed): e for e in entries if _question(e) == asked}.values()


def _question(entry: Entry) -> dict[str, Any]:
    """The evaluation's identity without what it was done to."""
    identity = entry.manifest.identity
    config = {k: v for k, v in identity["config"].items() if k != "seed"}
    return {**identity, "inputs": None, "config": config}


def _row(entry: Entry) -> dict[str, Any]:
    report = json.loads(entry.artifacts()["out"].path.read_text(encoding="utf-8"))
    model = entry.manifest.inputs["model"].fingerprint
    return {k: report.get(k) for k in KEYS} | {"fingerprint": model}


def _place(row: dict[str, Any]) -> tuple[int, str, int]:
    order = list(LABELS)
    node = row["checkpoint"]
    return (order.index(node) if node in LABELS else len(order), node, row["seed"])

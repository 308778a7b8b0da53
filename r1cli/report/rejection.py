"""What rejection sampling drew, what each of its filters removed, and examples of that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1cli.report.lineage import Lineage

EXAMPLES = 3
"""Of each filter."""
WHAT = {
    "truncated": "cut off at the token limit",
    "malformed": "broke the <think>/<answer> form",
    "wrong": "reached another answer than the reference",
    "mixed_language": "mixed languages in the thought",
    "long_paragraph": "had a paragraph too long to read",
    "code_block": "had a code block in the thought",
    "repetition": "said the same thing over and over",
    "duplicate": "repeated another kept response",
    "surplus": "right, but more than is kept of one problem",
}


@dataclass(frozen=True)
class Filter:
    """One filter and what it removed."""

    name: str
    what: str
    dropped: int
    share: float
    """Of all that was sampled."""
    examples: tuple[Mapping[str, str], ...]
    """prompt, text, filter."""


@dataclass(frozen=True)
class Sampling:
    """One seed's rejection sampling."""

    node: str
    seed: int
    prompts: int
    sampled: int
    kept: int
    prompts_kept: int
    general: int
    filters: tuple[Filter, ...]


def samplings(lineage: Lineage) -> list[Sampling]:
    """Those of the shown results that sampled with rejection, by node and seed."""
    found = []
    for group in lineage.shown.values():
        for entry in group.entries:
            report = _read(entry.path / "out" / "report.json")
            if "dropped" in report and report.get("sampled"):
                found.append(_sampling(group.node, entry.manifest.seed, report, entry.path))
    return found


def _sampling(node: str, seed: int, report: Mapping[str, Any], entry: Path) -> Sampling:
    examples: dict[str, list[Mapping[str, str]]] = {}
    for row in _rejected(entry / "tables" / "rejected.jsonl"):
        if len(kept := examples.setdefault(row["filter"], [])) < EXAMPLES:
            kept.append(row)
    sampled = report["sampled"]
    filters = tuple(
        Filter(name, WHAT.get(name, ""), dropped, dropped / sampled, tuple(examples.get(name, ())))
        for name, dropped in report["dropped"].items()
    )
    counts = {key: int(report.get(key) or 0) for key in ("prompts", "sampled", "kept", "prompts_kept", "general")}
    return Sampling(node=node, seed=seed, filters=filters, **counts)


def _rejected(path: Path) -> Iterator[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield {key: str(row.get(key) or "") for key in ("filter", "prompt", "text")}
    except FileNotFoundError:
        return


def _read(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return read

"""What rejection sampling drew, what each of its filters removed, and examples of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from r1cli.layout import TABLES
from r1cli.results.lineage import Lineage
from r1cli.results.reading import DAMAGED, read_object, read_objects, warn_damaged
from r1cli.store.records import Entry

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
class RejectionReport:
    """One seed's rejection sampling."""

    node: str
    seed: int
    prompts: int
    sampled: int
    kept: int
    prompts_kept: int
    general: int
    filters: tuple[Filter, ...]


def samplings(lineage: Lineage) -> list[RejectionReport]:
    """Those of the shown results that sampled with rejection, by node and seed; damaged reports are left out."""
    reports = []
    for group in lineage.shown.values():
        for entry in group.entries:
            made = entry.artifacts().get("report")
            if made is None:
                continue
            path = made.path
            content = read_object(path) or {}
            if "dropped" in content and content.get("sampled"):
                try:
                    reports.append(_sampling(entry, content))
                except DAMAGED as error:
                    warn_damaged(path, str(error))
    return reports


def _sampling(entry: Entry, content: Mapping[str, Any]) -> RejectionReport:
    examples: dict[str, list[Mapping[str, str]]] = {}
    for row in read_objects(entry.path / TABLES / "rejected.jsonl"):
        example = {key: str(row.get(key) or "") for key in ("filter", "prompt", "text")}
        of_filter = examples.setdefault(example["filter"], [])
        if len(of_filter) < EXAMPLES:
            of_filter.append(example)
    sampled = content["sampled"]
    filters = tuple(
        Filter(name, WHAT.get(name, ""), dropped, dropped / sampled, tuple(examples.get(name, ())))
        for name, dropped in content["dropped"].items()
    )
    counts = {key: int(content.get(key) or 0) for key in ("prompts", "sampled", "kept", "prompts_kept", "general")}
    return RejectionReport(node=entry.manifest.node, seed=entry.manifest.seed, filters=filters, **counts)

"""The card of a dataset that rejection sampling made, in the hub's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rejection_card(report: Mapping[str, Any], thresholds: Mapping[str, Any]) -> str:
    """Markdown with the hub's header.

    Args:
        report: what the stage writes to report.json.
        thresholds: of the filters.
    """
    dropped = "\n".join(f"| {name} | {n} |" for name, n in report["dropped"].items())
    return f"""---
tags: [r1cli, rejection-sampling]
---
# Rejection-sampled demonstrations

{report["total"]} rows: {report["kept"]} sampled from `{report["source"]["node"]}`
(fingerprint `{report["source"]["fingerprint"]}`) on {report["prompts"]} prompts, and {report["general"]} general
demonstrations. Each sampled row names its prompt and its sample under `meta.origin`.

| dropped by | completions |
|---|---|
{dropped}

Thresholds: `{dict(thresholds)}`
"""

"""The columns of the stage table: each measure's name and meaning, written once for tables, charts and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One column."""

    name: str
    title: str
    """As the title of a chart."""
    meaning: str
    heading: str = ""
    """For a narrow column; the name where empty."""

    @property
    def short(self) -> str:
        return self.heading or self.name


MEASURES: Mapping[str, Measure] = {
    "accuracy": Measure("accuracy", "Accuracy (pass@1)", "share of responses with the right answer"),
    "cons_at_k": Measure("cons@k", "Consensus (cons@k)", "share of problems whose majority answer is right"),
    "format": Measure("format", "Format", "share of responses in the <think>/<answer> form"),
    "language": Measure(
        "language",
        "Language consistency",
        "share of the thought's words that are in the question's language",
        heading="lang.",
    ),
    "tokens": Measure("tokens", "Response length", "mean length of a response in tokens"),
    "reflection": Measure("reflection", "Reflection", "reflection words in a response", heading="reflect."),
    "general": Measure("general", "General requests", "mean score of responses to general requests"),
}
"""By the key in an evaluation's report, in the order of the table's columns."""

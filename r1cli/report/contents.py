"""All that a report shows, gathered once: the page and the figures draw the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from r1cli.report import charts, curves, graph, origin, rejection, scores, transcripts
from r1cli.report.charts import Chart
from r1cli.report.lineage import Lineage
from r1cli.report.scores import Cell, Score
from r1cli.store import history
from r1cli.store.store import Store


@dataclass(frozen=True)
class Contents:
    """What is known of the results of a store."""

    store: Path
    lineage: Lineage
    scores: list[Score]
    sweeps: dict[str, list[Cell]]
    curves: list[curves.Curve]
    nodes: list[graph.Node]
    samplings: list[rejection.Sampling]
    transcripts: transcripts.Transcripts
    overrides: tuple[str, ...]
    """Under which the provenance of values is looked up."""

    @property
    def made(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")

    @property
    def versions(self) -> dict[str, str]:
        """Of the libraries that the newest result was made with."""
        return self.lineage.entries[-1].manifest.versions if self.lineage.entries else {}

    @property
    def marks(self) -> dict[str, str]:
        return origin.MARKS

    @property
    def meaning(self) -> list[str]:
        """What the intervals of the stage table are."""
        return list(dict.fromkeys(scores.MEANING[s.over] for s in self.scores))

    @cached_property
    def origin(self) -> list[origin.Stage]:
        """Looked up when the page asks: composing every stage takes seconds, and pictures do not need it."""
        return origin.stages(self.lineage, self.overrides)

    @cached_property
    def counts(self) -> dict[str, int]:
        return origin.counts(self.origin)

    @cached_property
    def by_section(self) -> dict[str, list[Chart]]:
        """Section of the page -> its charts."""
        return {
            "stages": self._of_stages() if self.scores else [],
            "curves": [charts.curve(c) for c in self.curves],
            "sweeps": [charts.trade_off(node, cells) for node, cells in self.sweeps.items()],
            "recipe": [charts.time_spent(self.nodes)] if self.nodes else [],
            "rejection": [charts.removed(s) for s in self.samplings[:1]],
        }

    @property
    def charts(self) -> list[Chart]:
        return [chart for found in self.by_section.values() for chart in found]

    def _of_stages(self) -> list[Chart]:
        titles = {"accuracy": "Accuracy (pass@1)", "language": "Language consistency"}
        return [
            charts.measure(self.scores, key, title)
            for key, title in titles.items()
            if any(s.mean(key) is not None for s in self.scores)
        ]


def gather(
    store: Store,
    *,
    only: Collection[str] | None = None,
    overrides: Sequence[str] = (),
    limit: int = transcripts.LIMIT,
) -> Contents:
    """Read a store.

    Args:
        store: where the results are.
        only: fingerprints to look at; None for all.
        overrides: under which the provenance of values is looked up.
        limit: most answers of one model to one problem that are kept for the page.
    """
    found = Lineage(e for e in store.entries() if only is None or e.manifest.fingerprint in only)
    evaluations = scores.comparable(found)
    rows = scores.scores(found, evaluations)
    return Contents(
        store=store.root,
        lineage=found,
        scores=rows,
        sweeps=scores.sweeps(found, evaluations),
        curves=curves.curves(found.arms),
        nodes=graph.nodes(found, history.recent(store.root)),
        samplings=rejection.samplings(found),
        transcripts=transcripts.transcripts(found, rows, evaluations, limit=limit),
        overrides=tuple(overrides),
    )

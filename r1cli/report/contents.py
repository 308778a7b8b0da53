"""All that a report shows, gathered once: the page and the figures draw the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from r1cli.generators.prices import Prices
from r1cli.report import arc, charts, curves, graph, provenance, rejection, transcripts
from r1cli.report.benchmarked import Benchmarked, benchmarked
from r1cli.report.sampled_models import SampledModels
from r1cli.report.vega import Chart
from r1cli.results import phases, select, table, trade_offs
from r1cli.results.benchmarks import read_benchmarks
from r1cli.results.claims.findings import of_entries
from r1cli.results.claims.judge import Finding
from r1cli.results.evaluations import Evaluation, read_evaluations
from r1cli.results.lineage import Lineage
from r1cli.results.sample_sets import of_evaluations
from r1cli.results.table import TableRow
from r1cli.store import history
from r1cli.store.records import with_ancestors
from r1cli.store.store import Store

BASELINE = "base"
"""The checkpoint that differences are to."""
CHARTED = ("accuracy", "language")
"""Measures with a chart of their own."""


@dataclass(frozen=True)
class Contents:
    """What is known of the results of a store."""

    store: Path
    lineage: Lineage
    table: list[TableRow]
    claims: list[Finding]
    """The paper's findings, judged by these results."""
    trade_offs: dict[str, list[trade_offs.WeightChoice]]
    curves: list[curves.Curve]
    steps: list[graph.RecipeStep]
    update_times: list[phases.UpdateTime]
    """Of the RL stages."""
    samplings: list[rejection.RejectionReport]
    sampled: SampledModels
    """Of the held-out problems."""
    benchmarked: Benchmarked
    arc: list[arc.ShownArc]
    """Benchmarks of ARC."""
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
    def meaning(self) -> list[str]:
        """What the intervals of the stage table are."""
        return table.meanings(self.table)

    @property
    def baseline(self) -> str:
        """Name of the row that differences are to; empty if there is none."""
        compared = any(row.difference for row in self.table)
        return next((row.name for row in self.table if compared and row.checkpoint == BASELINE), "")

    @cached_property
    def provenance(self) -> list[provenance.StageValues]:
        """Looked up when the page asks: composing every stage takes seconds, and pictures do not need it."""
        return provenance.stages(self.lineage, self.overrides)

    @cached_property
    def by_section(self) -> dict[str, list[Chart]]:
        """Section of the page -> its charts."""
        charted = [key for key in CHARTED if any(row.mean(key) is not None for row in self.table)]
        return {
            "stages": [charts.measure(self.table, key) for key in charted],
            "samples": self.sampled.charts,
            "benchmarks": self.benchmarked.charts,
            "curves": [charts.curve(curve) for curve in self.curves],
            "trade_offs": [charts.trade_off(node, choices) for node, choices in self.trade_offs.items()],
            "recipe": [charts.time_spent(self.steps)] if self.steps else [],
            "update_times": [charts.update_time(self.update_times)] if self.update_times else [],
            "arc": [found.chart for found in self.arc],
            "rejection": [charts.removed(sampling) for sampling in self.samplings[:1]],
        }

    @property
    def charts(self) -> list[Chart]:
        return [chart for section in self.by_section.values() for chart in section]


def gather(
    store: Store,
    *,
    only: Collection[str] | None = None,
    overrides: Sequence[str] = (),
    limit: int = transcripts.LIMIT,
    prices: Prices | None = None,
) -> Contents:
    """Read a store.

    Args:
        store: where the results are.
        only: fingerprints to look at, with all that they were made from; None for all.
        overrides: under which the provenance of values is looked up.
        limit: most answers of one model to one problem that are kept for the page.
        prices: by which dollars are worked out; None: no figure has dollars.
    """
    entries = store.entries()
    evaluations = read_evaluations(entries)
    chosen = None
    if only is not None:
        chosen = with_ancestors(entries, only)
        entries = [e for e in entries if e.manifest.fingerprint in chosen]
        evaluations = [e for e in evaluations if e.fingerprint in chosen]
    lineage = Lineage(entries)
    comparable = select.newest(select.comparable(evaluations), every_configuration=True)
    shown = select.labelled(_of_shown_models(lineage, comparable))
    results = read_benchmarks(store, chosen)
    return Contents(
        store=store.root,
        lineage=lineage,
        table=table.over_seeds(shown, [e for e in shown if e.checkpoint == BASELINE]),
        claims=of_entries(entries),
        trade_offs=trade_offs.trade_offs(lineage, comparable),
        curves=curves.curves(lineage.arms),
        steps=graph.steps(lineage, history.recent(store.root)),
        update_times=phases.of_stages(lineage),
        samplings=rejection.samplings(lineage),
        sampled=SampledModels(of_evaluations(shown)),
        benchmarked=benchmarked(results, shown, lineage, prices),
        arc=arc.shown(results),
        transcripts=transcripts.transcripts(lineage, shown, limit=limit),
        overrides=tuple(overrides),
    )


def _of_shown_models(lineage: Lineage, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Those of the models that the report shows, and of models from outside, which the store has no entry of."""
    models = {e.manifest.fingerprint for group in lineage.shown.values() for e in group.entries}
    return [e for e in evaluations if e.model in models or e.model not in lineage.by_fingerprint]

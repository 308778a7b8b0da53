"""What the report says of benchmarks: the matrix, dollars, votes and ends of each, and what was met in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from r1cli.data.rows import Row
from r1cli.generators.prices import Prices
from r1cli.report import benchmarks as charts
from r1cli.report import difficulty as difficulty_charts
from r1cli.report import scaling as scaling_charts
from r1cli.report.sampled_models import compared
from r1cli.report.vega import Chart
from r1cli.results import cost
from r1cli.results.benchmarks import BenchmarkResult, Matrix
from r1cli.results.difficulty import ends, lengths_by_level
from r1cli.results.evaluations import Evaluation
from r1cli.results.lineage import Lineage
from r1cli.results.overlap import MetInTraining, PosedProblems, met_in_training, training_sets
from r1cli.results.priced_answers import priced_answers
from r1cli.results.sample_sets import in_words, of_benchmarks
from r1cli.results.sampled import SampleSet
from r1cli.results.scaling import Scaling, scaling

BASELINE = "r1_zero"
"""The model that differences are to."""
FEWEST = 4
"""Samples of a problem from which a curve over k is drawn."""


@dataclass(frozen=True)
class Benchmarked:
    """The benchmarks of a store, and all problems that models were measured on."""

    matrix: Matrix
    sets: Mapping[str, Mapping[str, Sequence[SampleSet]]]
    """Benchmark -> model -> one set a seed."""
    prices: Prices | None
    met: Sequence[MetInTraining]

    @cached_property
    def scalings(self) -> dict[str, list[Scaling]]:
        """Benchmark -> of each model, in the matrix' order, what its samples are worth."""
        order = self.matrix.models
        return {b: [scaling(sets[name]) for name in order if name in sets] for b, sets in sorted(self.sets.items())}

    @cached_property
    def charts(self) -> list[Chart]:
        """All that there is data for."""
        if not self.matrix.cells:
            return [charts.contamination(self.met)] if self.met else []
        found = [charts.matrix(self.matrix, self._dates)]
        for benchmark, scalings in self.scalings.items():
            found += self._prices_of(benchmark, scalings)
            found += self._samples_of(benchmark, scalings)
            found += self._lengths_of(benchmark, scalings)
        return [*found, *self._ends(), *([charts.contamination(self.met)] if self.met else [])]

    @property
    def _dates(self) -> str:
        dates = sorted({s.protocol.date for models in self.sets.values() for sets in models.values() for s in sets})
        return f"drawn {dates[0]}{f' to {dates[-1]}' if len(dates) > 1 else ''}" if dates else "no samples were kept"

    def _prices_of(self, benchmark: str, scalings: Sequence[Scaling]) -> list[Chart]:
        answers = priced_answers(scalings)
        if not answers or self.prices is None:
            return []
        protocol = in_words([of_seed for one in scalings for of_seed in one.sets])
        return [charts.price(answers, benchmark, f"{cost.caption(self.prices)}; {protocol}")]

    def _samples_of(self, benchmark: str, scalings: Sequence[Scaling]) -> list[Chart]:
        """Curves over k where there are enough samples."""
        several = [one for one in scalings if max(of_seed.k for of_seed in one.sets) >= FEWEST]
        return [scaling_charts.against_samples(compared(several), benchmark)] if several else []

    def _lengths_of(self, benchmark: str, scalings: Sequence[Scaling]) -> list[Chart]:
        """Where the benchmark says how hard its problems are."""
        sets = {one.model: one.sets for one in compared(scalings) if one.sets[0].checkpoint != "base"}
        known = {name: found for name, of_one in sets.items() if (found := lengths_by_level(of_one))}
        if not any(one.right or one.wrong for found in known.values() for one in found):
            return []
        protocol = in_words([of_seed for name in known for of_seed in sets[name]])
        return [difficulty_charts.tokens(known, protocol, benchmark)]

    def _ends(self) -> list[Chart]:
        """How samples ended, by benchmark and model."""
        chosen = [(benchmark, one) for benchmark, found in self.scalings.items() for one in compared(found)]
        how = {f"{benchmark}, {one.model}": ends(one.sets) for benchmark, one in chosen}
        protocol = in_words([of_seed for _, one in chosen for of_seed in one.sets])
        return [difficulty_charts.ends(how, protocol, "Benchmarks")] if how else []


def benchmarked(
    results: Sequence[BenchmarkResult], evaluations: Sequence[Evaluation], lineage: Lineage, prices: Prices | None
) -> Benchmarked:
    """Of the benchmarks of a store.

    Args:
        results: of the store, oldest first.
        evaluations: on the held-out problems, the shown ones.
        lineage: of all results: training sets are looked for in it.
        prices: by which dollars are worked out; None for none.
    """
    matrix = Matrix.of(results)
    if any(result.checkpoint == BASELINE for result in results):
        matrix = Matrix.of(results, BASELINE)
    shown = [result for cell in matrix.cells.values() for result in cell.results]
    posed = [*_of_heldout(evaluations), *_of_benchmarks(shown)]
    met = met_in_training(posed, training_sets(lineage.entries))
    return Benchmarked(matrix, of_benchmarks(shown, prices), prices, met)


def _of_heldout(evaluations: Sequence[Evaluation]) -> list[PosedProblems]:
    """The problems of the stage table, with the newest evaluation of each model."""
    if not evaluations:
        return []
    asked = [r for r in evaluations[-1].transcripts() if r["answer"] is not None]
    rows = tuple(Row(id=record["id"], prompt=record["prompt"]) for record in asked)
    return [PosedProblems("held-out", rows, {e.name: e.scores.get("accuracy", {}) for e in evaluations})]


def _of_benchmarks(results: Sequence[BenchmarkResult]) -> list[PosedProblems]:
    """Those whose rows may be copied: of others the store has no words."""
    found: dict[str, PosedProblems] = {}
    for result in results:
        rows = tuple(Row(id=str(p["id"]), prompt=str(p["prompt"])) for p in result.problems if p.get("prompt"))
        accuracy = {str(p["id"]): p["measures"].get("accuracy") for p in result.problems}
        known = {problem: float(value) for problem, value in accuracy.items() if value is not None}
        before = found.get(result.benchmark)
        so_far = dict(before.accuracy) if before is not None else {}
        found[result.benchmark] = PosedProblems(result.benchmark, rows, {**so_far, result.name: known})
    return list(found.values())

"""Results of benchmarks, and the matrix of them: a row for each benchmark, a column for each model that was asked.

Results are comparable when they asked the same questions in the same way, that is, when their identities agree in all
but the model and the seed. Differences are paired problem by problem, clusters count as one draw, and p-values are
Holm's, corrected for all cells of the matrix together (Miller 2024, arXiv:2411.00640).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from r1cli.config.catalogue import plain_name
from r1cli.engine.evaluation import is_benchmark
from r1cli.errors import ConfigError
from r1cli.layout import FEWEST_DIGITS
from r1cli.results import paper
from r1cli.results.intervals import PairedDifference, interval, paired_difference
from r1cli.results.reading import read_object, read_objects, warn_damaged
from r1cli.results.scorecard import together
from r1cli.results.select import question
from r1cli.results.statistics import Interval, holm
from r1cli.store.records import Entry
from r1cli.store.store import Store
from r1cli.text import did_you_mean


@dataclass(frozen=True, eq=False)
class BenchmarkResult:
    """One benchmark, answered by one model."""

    entry: Entry
    report: Mapping[str, Any]

    @property
    def benchmark(self) -> str:
        return str(self.report["benchmark"])

    @property
    def checkpoint(self) -> str:
        """The node whose model replied; else the model's name at its server, or of the file."""
        origin = self.entry.manifest.inputs.get("model")
        return origin.node if origin is not None and origin.node else str(self.report["model"])

    @property
    def name(self) -> str:
        """As tables have it: `R1-Zero`."""
        return paper.name_of(self.checkpoint)

    @property
    def seed(self) -> int:
        return self.entry.manifest.seed

    @property
    def primary(self) -> str:
        """The measure that the benchmark is known by."""
        return str(self.report["primary"])

    @property
    def score(self) -> Interval | None:
        """Of the primary measure; None where it applies to no problem."""
        return Interval.of(self.report["score"])

    @cached_property
    def problems(self) -> list[dict[str, Any]]:
        """What was asked, with each problem's measures (`problems.jsonl`)."""
        artifact = self.entry.artifacts().get("problems")
        return [] if artifact is None else [p for p in read_objects(artifact.path) if "measures" in p]

    @cached_property
    def scores(self) -> Mapping[str, float]:
        """Of the primary measure, by problem; by group where the benchmark is averaged over groups."""
        known: dict[str, list[float]] = {}
        for problem in self.problems:
            value = problem["measures"].get(self.primary)
            if value is not None:
                known.setdefault(self._unit(problem), []).append(value)
        return {unit: together(values, self.report["average"]) for unit, values in known.items()}

    @cached_property
    def clusters(self) -> Mapping[str, str]:
        """The cluster of what `scores` is by."""
        return {self._unit(p): self._unit(p) if self._over_groups else p["cluster"] for p in self.problems}

    @property
    def _over_groups(self) -> bool:
        return bool(self.report["average"] != "problems")

    def _unit(self, problem: Mapping[str, Any]) -> str:
        return str(problem["group"] if self._over_groups else problem["id"])


@dataclass(frozen=True)
class MatrixCell:
    """One benchmark and one model, all its seeds together."""

    benchmark: str
    model: str
    """The column's name."""
    results: tuple[BenchmarkResult, ...]
    """One a seed."""
    score: Interval | None
    """Mean over seeds; the interval is over problems."""
    difference: PairedDifference | None = None
    """To the baseline's; None for the baseline, without one, and where it cannot be known."""
    p_holm: float | None = None
    """The difference's p-value, corrected for all cells of the matrix."""


@dataclass(frozen=True)
class Matrix:
    """All cells that there are, by benchmark and model."""

    benchmarks: tuple[str, ...]
    models: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    baseline: str = ""

    @classmethod
    def of(cls, results: Iterable[BenchmarkResult], baseline: str = "") -> Matrix:
        """The newest comparable results of each benchmark, model and seed.

        Args:
            results: oldest first.
            baseline: the model that differences are to, as a node or as tables have it; empty for none.

        Raises:
            ConfigError: there is no such model.
        """
        groups: dict[tuple[str, str], list[BenchmarkResult]] = {}
        for result in comparable(list(results)):
            groups.setdefault((result.benchmark, result.name), []).append(result)
        cells = {key: _cell(*key, members) for key, members in groups.items()}
        order = {result.name: paper.place(result.checkpoint) for members in groups.values() for result in members}
        models = tuple(sorted(order, key=lambda name: order[name]))
        benchmarks = tuple(sorted({benchmark for benchmark, _ in cells}))
        if not baseline:
            return cls(benchmarks, models, cells)
        name = _meant(baseline, groups.values(), models)
        return cls(benchmarks, models, _with_differences(cells, name), name)

    def only(self, names: Collection[str]) -> Matrix:
        """The rows and columns that are named; all rows if no benchmark is named, all columns if no model is.

        Raises:
            ConfigError: a name is neither.
        """
        models = [_meant(name, self._results(), self.models) for name in names if name not in self.benchmarks]
        rows = tuple(b for b in self.benchmarks if b in names) or self.benchmarks
        columns = tuple(m for m in self.models if m in {*models, self.baseline}) if models else self.models
        cells = {key: cell for key, cell in self.cells.items() if key[0] in rows and key[1] in columns}
        return Matrix(rows, columns, cells, self.baseline)

    def _results(self) -> list[tuple[BenchmarkResult, ...]]:
        return [cell.results for cell in self.cells.values()]

    def as_json(self) -> list[dict[str, Any]]:
        """One object a cell, null where something is not known."""
        return [_plain(self.cells[b, m]) for b in self.benchmarks for m in self.models if (b, m) in self.cells]


def read_benchmarks(store: Store, only: Collection[str] | None = None) -> list[BenchmarkResult]:
    """The benchmark results of a store, oldest first; those with a damaged report are left out with a warning.

    Args:
        store: where they are.
        only: fingerprints of those to read; None for all.
    """
    results = []
    for entry in store.entries():
        if not is_benchmark(entry.node) or (only is not None and entry.fingerprint not in only):
            continue
        path = entry.artifacts()["out"].path
        report = read_object(path)
        if report is None:
            continue
        if {"benchmark", "model", "primary", "score", "average", "k", "n_problems"} <= report.keys():
            results.append(BenchmarkResult(entry, report))
        else:
            warn_damaged(path, "it is no benchmark's report")
    return results


def comparable(results: Sequence[BenchmarkResult]) -> list[BenchmarkResult]:
    """Of each benchmark those that asked as its newest did; the newest of each model and seed. Oldest first."""
    wanted = {result.benchmark: _question(result) for result in results}
    drawn = {result.benchmark: _drawn(result) for result in results if _drawn(result) is not None}
    kept: dict[tuple[str, str, int], BenchmarkResult] = {}
    for result in results:
        as_drawn = _drawn(result) in {None, drawn.get(result.benchmark)}
        if _question(result) == wanted[result.benchmark] and as_drawn:
            kept[result.benchmark, result.checkpoint, result.seed] = result
    return list(kept.values())


def _question(result: BenchmarkResult) -> dict[str, Any]:
    """What was asked, and how often; who replied is no part of it."""
    asked = question(result.entry)
    config = {key: value for key, value in asked["config"].items() if key not in {"generator", "model"}}
    return {**asked, "config": config}


def _drawn(result: BenchmarkResult) -> str | None:
    """How models that run here were sampled; None for what a server or a file replied, which we do not decide."""
    if "model" not in result.entry.manifest.inputs:
        return None
    return json.dumps(result.entry.manifest.identity["config"].get("generator"), sort_keys=True)


def _cell(benchmark: str, model: str, members: Sequence[BenchmarkResult]) -> MatrixCell:
    score = members[0].score
    if len(members) > 1:
        mean = _mean_scores(members)
        share = score is not None and score.low >= 0 and score.high <= 1
        score = Interval.of(interval(list(mean.values()), [members[0].clusters[unit] for unit in mean], share=share))
    return MatrixCell(benchmark, model, tuple(members), score)


def _with_differences(cells: Mapping[tuple[str, str], MatrixCell], baseline: str) -> dict[tuple[str, str], MatrixCell]:
    differences: dict[tuple[str, str], PairedDifference] = {}
    for (benchmark, model), cell in cells.items():
        theirs = cells.get((benchmark, baseline))
        if theirs is None or model == baseline:
            continue
        clusters = {**theirs.results[0].clusters, **cell.results[0].clusters}
        found = paired_difference(_mean_scores(cell.results), _mean_scores(theirs.results), clusters)
        if found is not None:
            differences[benchmark, model] = found
    corrected = dict(zip(differences, holm([d.p for d in differences.values()]), strict=True))
    return {
        key: MatrixCell(cell.benchmark, cell.model, cell.results, cell.score, differences.get(key), corrected.get(key))
        for key, cell in cells.items()
    }


def _mean_scores(results: Sequence[BenchmarkResult]) -> dict[str, float]:
    """Of what every one of them has a score for, the mean over them."""
    common = set.intersection(*(set(result.scores) for result in results))
    return {unit: sum(r.scores[unit] for r in results) / len(results) for unit in sorted(common)}


def _meant(name: str, groups: Iterable[Sequence[BenchmarkResult]], models: Sequence[str]) -> str:
    plain = plain_name(name)
    for members in groups:
        for result in members:
            names = {plain_name(result.name), plain_name(result.checkpoint)}
            fingerprints = [origin.fingerprint for origin in result.entry.manifest.inputs.values()]
            if plain in names or (len(plain) >= FEWEST_DIGITS and any(f.startswith(plain) for f in fingerprints)):
                return result.name
    hint = did_you_mean(name, models) or f"there are {', '.join(models) or 'none'}"
    raise ConfigError(f"no benchmark of '{name}' in this store", hint=hint)


def _plain(cell: MatrixCell) -> dict[str, Any]:
    first = cell.results[0]
    return {
        "benchmark": cell.benchmark,
        "checkpoint": first.checkpoint,
        "name": cell.model,
        "seeds": [result.seed for result in cell.results],
        "fingerprints": [result.entry.fingerprint for result in cell.results],
        "primary": first.primary,
        "k": first.report["k"],
        "n_problems": first.report["n_problems"],
        "score": None if cell.score is None else asdict(cell.score),
        "difference": None if cell.difference is None else {**asdict(cell.difference), "p_holm": cell.p_holm},
    }

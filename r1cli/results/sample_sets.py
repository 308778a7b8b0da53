"""Which stored samples there are: those of evaluations, of each model and seed, and how they were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from r1cli.errors import DataError
from r1cli.generators.prices import Prices
from r1cli.results import samples
from r1cli.results.benchmarks import BenchmarkResult
from r1cli.results.cost import HOUR_S, Dollars, spent
from r1cli.results.difficulty import ORDERED
from r1cli.results.evaluations import Evaluation
from r1cli.results.reading import warn_damaged
from r1cli.results.sampled import Protocol, SampleSet, problems_of, records_of
from r1cli.store.records import Entry

MOST_TEMPLATES = 2
"""That a figure quotes."""


def of_evaluations(shown: Iterable[Evaluation], prices: Prices | None = None) -> dict[str, list[SampleSet]]:
    """Model -> its samples of the held-out problems, one set a seed; models that kept no transcripts have none.

    Args:
        shown: the evaluations.
        prices: by which dollars are worked out: a GPU's hour, for the whole time that the evaluation took.
    """
    sets: dict[str, list[SampleSet]] = {}
    for evaluation in shown:
        problems = problems_of(records_of(evaluation.transcripts()))
        if problems:
            votes = evaluation.measures["cons_at_k"] is not None
            protocol = _protocol(evaluation.entry, votes=votes)
            found = SampleSet(evaluation.name, evaluation.checkpoint, evaluation.seed, protocol, problems)
            dollars = _of_machine(evaluation.entry, prices)
            sets.setdefault(evaluation.name, []).append(replace(found, dollars=dollars))
    return sets


def _of_machine(entry: Entry, prices: Prices | None) -> Dollars | None:
    """What the machine's time cost; None without a price of a GPU's hour, or where there was no GPU."""
    if prices is None or prices.gpu_usd_hour is None or entry.manifest.device == "cpu":
        return None
    dollars = entry.seconds / HOUR_S * entry.manifest.processes * prices.gpu_usd_hour
    return Dollars(dollars, dollars)


def of_benchmarks(
    results: Iterable[BenchmarkResult], prices: Prices | None = None
) -> dict[str, dict[str, list[SampleSet]]]:
    """Benchmark -> model -> its samples, one set a seed; damaged ones are named in a warning and left out.

    Args:
        results: of the store, those that belong in one matrix.
        prices: by which dollars are worked out; None for none.
    """
    found: dict[str, dict[str, list[SampleSet]]] = {}
    for result in results:
        try:
            of_one = of_benchmark(result, prices)
        except DataError as e:
            warn_damaged(result.entry.path, e.message)
            continue
        if of_one.problems:
            found.setdefault(result.benchmark, {}).setdefault(result.name, []).append(of_one)
    return found


def of_benchmark(result: BenchmarkResult, prices: Prices | None = None) -> SampleSet:
    """The samples of one result; without any if it kept none.

    Raises:
        DataError: the samples file is damaged.
    """
    made = result.entry.artifacts().get("samples")
    records = samples.read(made.path, texts=False) if made is not None else []
    votes = (result.report.get("measures") or {}).get("cons_at_k") is not None
    ordered = result.report.get("by") in ORDERED
    dollars = spent(records, made.path.parent, prices) if made is not None and records and prices is not None else None
    return SampleSet(
        result.name,
        result.checkpoint,
        result.seed,
        replace(_protocol(result.entry, votes=votes), benchmark=result.benchmark),
        problems_of(records),
        levels={str(p["id"]): str(p.get("group", "")) for p in result.problems} if ordered else {},
        dollars=dollars,
    )


def _protocol(entry: Entry, *, votes: bool) -> Protocol:
    config: Mapping[str, Any] = entry.manifest.identity.get("config", {})
    sampling: Mapping[str, Any] = config.get("sampling") or config.get("generator") or {}
    return Protocol(
        template=(config.get("model") or {}).get("template", ""),
        max_tokens=sampling.get("max_completion_tokens"),
        temperature=sampling.get("temperature"),
        top_p=sampling.get("top_p"),
        date=datetime.fromtimestamp(entry.manifest.ended, UTC).date().isoformat(),
        votes=votes,
    )


def in_words(sets: Sequence[SampleSet]) -> str:
    """What a figure of these samples must say: how many, of what, drawn how and when."""
    protocols = [of_seed.protocol for of_seed in sets]
    parts = [_counted(name, [s for s in sets if s.protocol.benchmark == name]) for name in _benchmarks(protocols)]
    for name, values in (
        ("temperature", [p.temperature for p in protocols]),
        ("top-p", [p.top_p for p in protocols]),
        ("at most", [p.max_tokens for p in protocols]),
    ):
        known = _each(f"{value:g}" for value in values if value is not None)
        if known:
            parts.append(f"{name} {known}{' tokens' if name == 'at most' else ''}")
    templates = sorted({p.template for p in protocols if p.template})
    if templates:
        shown = " or ".join(map(repr, templates[:MOST_TEMPLATES]))
        parts.append(f"template {shown}" if len(templates) <= MOST_TEMPLATES else f"{len(templates)} templates")
    dates = sorted({p.date for p in protocols if p.date})
    if dates:
        parts.append(f"drawn {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else ""))
    return "; ".join(parts)


def _benchmarks(protocols: Iterable[Protocol]) -> list[str]:
    return list(dict.fromkeys(protocol.benchmark for protocol in protocols))


def _counted(benchmark: str, sets: Sequence[SampleSet]) -> str:
    """`300 held-out problems, 4 samples each, 1 to 2 seeds`."""
    problems, k = _each(f"{len(s.problems):,}" for s in sets), _each(str(s.k) for s in sets)
    what = f"{benchmark}: {problems} problems" if benchmark else f"{problems} held-out problems"
    by_model: dict[str, set[int]] = {}
    for of_seed in sets:
        by_model.setdefault(of_seed.model, set()).add(of_seed.seed)
    fewest, most = (rank(map(len, by_model.values())) for rank in (min, max))
    seeds = f", {most} seeds" if fewest == most else f", {fewest} to {most} seeds"
    return f"{what}, {k} samples each{seeds if most > 1 else ''}"


def _each(values: Iterable[str]) -> str:
    """Each value once: `4`, `4 or 8`."""
    return " or ".join(dict.fromkeys(values))

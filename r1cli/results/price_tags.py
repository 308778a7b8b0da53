"""The price tags of stored benchmark results: dollars for each task, and for each task that was solved.

Nothing here is stored: tokens are read from the samples, seconds too, and the list of `prices=` says what they cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from r1cli.generators.prices import Prices
from r1cli.results import samples
from r1cli.results.benchmarks import BenchmarkResult
from r1cli.results.cost import Dollars, PriceTag, price_tag, spent

OF_ALL_SAMPLES = frozenset({"pass_at_k", "cons_at_k"})
"""Measures whose answer takes all samples of a problem; those of any other take one."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A result and what it cost."""

    result: BenchmarkResult
    total: Dollars
    """Of all samples, failed attempts included."""
    tag: PriceTag
    """Of an answer by the benchmark's primary measure."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "benchmark": self.result.benchmark,
            "model": self.result.name,
            "dollars": asdict(self.total),
            "dollars_per_task": asdict(self.tag.per_task),
            "dollars_per_solved_task": None if self.tag.per_solved is None else asdict(self.tag.per_solved),
        }


def priced(results: Iterable[BenchmarkResult], prices: Prices, *, gpus: int = 1) -> list[Priced]:
    """Those results that the list has a price for, in their order."""
    found = (_priced(result, prices, gpus) for result in results)
    return [each for each in found if each is not None]


def _priced(result: BenchmarkResult, prices: Prices, gpus: int) -> Priced | None:
    stored = result.entry.artifacts().get("samples")
    if stored is None or result.score is None:
        return None
    records = samples.read(stored.path, texts=False)
    total = spent(records, stored.path.parent, prices, gpus=gpus)
    if total is None or not records:
        return None
    per_answer = _samples_per_answer(result)
    accuracy = result.score.mean
    return Priced(
        result, total, price_tag(total, samples=len(records), samples_per_answer=per_answer, accuracy=accuracy)
    )


def _samples_per_answer(result: BenchmarkResult) -> float:
    """Completions that solving one task takes, on average: a task of ARC has several test inputs."""
    of_problem = int(result.report["k"]) if result.report["primary"] in OF_ALL_SAMPLES else 1
    if result.report["average"] != "groups" or not result.scores:
        return of_problem
    return of_problem * int(result.report["n_problems"]) / len(result.scores)

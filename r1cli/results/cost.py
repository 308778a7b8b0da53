"""What an evaluation cost, read from its tokens by a price list: in all, for each task, for each task that was solved.

Dollars are derived here whenever they are shown. Of a served model every attempt counts, those that failed included;
where a server did not say what it charged, the sum is a range. Of a model that ran on one's own machine the time
counts, at the price of a GPU's hour.

| figure | is |
|---|---|
| dollars per task | mean of one completion, times the completions that an answer takes: 1 for pass@1, k for cons@k |
| dollars per solved task | dollars per task / the rule's accuracy: what one right answer costs, wrong ones included |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from r1cli.generators.generator import NOTES, Usage
from r1cli.generators.prices import Prices, TokenPrice
from r1cli.generators.serving.attempts import FILE, LoggedAttempt, read_attempts
from r1cli.results.samples import SampleRecord

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Dollars:
    """A sum: at least and at most. The two differ where a server did not say what it charged."""

    least: float
    most: float

    def times(self, factor: float) -> Dollars:
        """Both ends, multiplied."""
        return Dollars(self.least * factor, self.most * factor)

    def shown(self) -> str:
        """`$1.23`, or `$1.20 to $1.35`."""
        low, high = in_dollars(self.least), in_dollars(self.most)
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class PriceTag:
    """What answers cost by one rule of deciding."""

    per_task: Dollars
    per_solved: Dollars | None
    """None if nothing was solved: then no number of dollars buys an answer."""


def spent(records: Sequence[SampleRecord], folder: Path, prices: Prices, *, gpus: int = 1) -> Dollars | None:
    """What the samples of one evaluation cost; None where the price list does not say.

    Args:
        records: of the samples file.
        folder: where it lies, the generator's notes beside it: of a server the log of attempts.
        prices: the list.
        gpus: that a model of one's own ran on.
    """
    if attempts := read_attempts(folder / NOTES / FILE):
        price = prices.of(attempts[0].asked)
        return None if price is None else charged(attempts, price)
    if any(record.served is not None for record in records):
        return _of_usages((record.usage for record in records), prices.of(_name(records)))
    return _of_machine(records, prices, gpus)


def charged(attempts: Iterable[LoggedAttempt], price: TokenPrice) -> Dollars:
    """What all attempts cost, those that came to nothing included."""
    least = most = 0.0
    for attempt in attempts:
        low, high = attempt.charged
        least += price.dollars(low) or 0.0
        most += price.dollars(high) or 0.0
    return Dollars(least, most)


def price_tag(total: Dollars, *, samples: int, samples_per_answer: float, accuracy: float) -> PriceTag:
    """What an answer costs.

    Args:
        total: what all samples cost.
        samples: how many there are.
        samples_per_answer: how many of them one answer takes, on average: 1 for pass@1, k for a vote of k.
        accuracy: of such answers, from 0 to 1.

    Raises:
        ValueError: there are no samples.
    """
    if samples < 1:
        raise ValueError("no samples, so no price of one")
    per_task = total.times(samples_per_answer / samples)
    return PriceTag(per_task, per_task.times(1 / accuracy) if accuracy > 0 else None)


def caption(prices: Prices) -> str:
    """What stands beside every dollar figure: the list, its day and its source."""
    return f"prices {prices.name}, {prices.date}, {prices.source}"


def _of_usages(usages: Iterable[Usage], price: TokenPrice | None) -> Dollars | None:
    """Of replies that somebody else recorded: what their tokens would cost; None if not all were counted."""
    if price is None:
        return None
    each = [price.dollars(usage) for usage in usages]
    known = [dollars for dollars in each if dollars is not None]
    return Dollars(sum(known), sum(known)) if len(known) == len(each) else None


def _of_machine(records: Sequence[SampleRecord], prices: Prices, gpus: int) -> Dollars | None:
    seconds = [record.seconds for record in records]
    known = [value for value in seconds if value is not None]
    if prices.gpu_usd_hour is None or not known or len(known) < len(seconds):
        return None
    dollars = sum(known) / HOUR_S * gpus * prices.gpu_usd_hour
    return Dollars(dollars, dollars)


def _name(records: Sequence[SampleRecord]) -> str:
    """The model's name, by which its price is found."""
    first = next(record for record in records if record.served is not None)
    return (first.served.returned_model if first.served else None) or first.model


def in_dollars(value: float | None) -> str:
    """With two digits that say something: $12.34, $0.12, $0.0012."""
    if value is None:
        return "no price"
    if value >= 0.1 or value == 0:
        return f"${value:,.2f}"
    return f"${value:.2g}" if value >= 1e-4 else f"${value:.1e}"

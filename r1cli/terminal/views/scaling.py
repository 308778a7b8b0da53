"""Accuracy against samples and tokens: a table for 80 columns, CSV, JSON, and the chart of the report as a file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import ConfigError
from r1cli.results.cost import caption
from r1cli.results.notation import NONE, short_interval
from r1cli.results.sample_sets import in_words
from r1cli.terminal import console
from r1cli.text import for_spreadsheet

if TYPE_CHECKING:
    from r1cli.generators.prices import Prices
    from r1cli.results.scaling import Scaling, ScalingCurve, ScalingPoint


def table(found: Sequence[Scaling], *, asked: Sequence[str] = (), prices: Prices | None = None) -> None:
    """Each model's numbers of samples from top to bottom, its rules from left to right.

    Args:
        found: of each model.
        asked: rules that were asked for by name.
        prices: the list by which dollars are told; None: there are none.
    """
    from rich.text import Text

    rules = list(dict.fromkeys(curve.rule for one in found for curve in one.curves))
    numbers = ["k", "tokens", *(["$ a task"] if prices is not None else []), *(rule.title for rule in rules)]
    drawn = console.table("", *numbers, right=set(numbers))
    for one in found:
        ks = sorted({point.k for curve in one.curves for point in curve.points})
        for k in ks:
            points = {curve.rule: _at(curve, k) for curve in one.curves}
            tokens = next((p.tokens for p in points.values() if p is not None), None)
            cells = [str(k), NONE if tokens is None else f"{tokens:,.0f}"]
            if prices is not None:
                dollars = one.dollars_of(k)
                cells.append(NONE if dollars is None else dollars.shown())
            cells += [short_interval(p.accuracy) if (p := points.get(rule)) else NONE for rule in rules]
            drawn.add_row(Text(one.model if k == ks[0] else "", style="bold"), *cells)
    console.draw(drawn)
    out = console.stdout()
    for line in (*_fits(found), *_budgets(found)):
        out.print(line, highlight=False, markup=False)
    notes = [f"{rule.title}: {rule.meaning}" for rule in rules]
    notes += ["mean over all draws of k ± half of the 95 % interval over problems, for these weights"]
    notes += list(dict.fromkeys(in_words(one.sets) for one in found))
    notes += [caption(prices)] if prices is not None else []
    missing = [name for name in asked if not any(one.curve(name) for one in found)]
    notes += [f"{name} does not apply: it needs a stored score, or answers that can agree" for name in missing]
    out.print("\n".join(notes), style="dim", highlight=False, markup=False)


def as_json(one: Scaling) -> dict[str, Any]:
    """A model's curves as plain data."""
    protocol = asdict(one.sets[0].protocol)
    about = {"model": one.model, "checkpoint": one.sets[0].checkpoint, "seeds": [s.seed for s in one.sets]}
    return {**about, **protocol, "scorer": one.scorer or None, "curves": [_plain(one, curve) for curve in one.curves]}


def as_csv(found: Sequence[Scaling]) -> None:
    """One line for each model, rule and k."""
    rows = [row for one in found for row in _flat(one)]
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: for_spreadsheet(value) for key, value in row.items()} for row in rows)


def draw(found: Sequence[Scaling], file: Path) -> None:
    """The chart of the report, as a file.

    Raises:
        ConfigError: it cannot be written, or its name does not end in .svg or .png.
    """
    from r1cli.report import scaling, vega

    if file.suffix not in {".svg", ".png"}:
        raise ConfigError(f"--figure {file}: its name must end in .svg or .png", hint="--figure scaling.svg")
    chart = scaling.against_tokens(found)
    try:
        file.write_bytes(vega.as_svg(chart).encode() if file.suffix == ".svg" else vega.as_png(chart))
    except OSError as e:
        raise ConfigError(f"cannot write {file}: {e.strerror or e}", hint="choose another file") from e


def _at(curve: ScalingCurve, k: int) -> ScalingPoint | None:
    return next((point for point in curve.points if point.k == k), None)


def _plain(one: Scaling, curve: ScalingCurve) -> dict[str, Any]:
    points = [_numbers(one, point) for point in curve.points]
    fit = asdict(curve.fit) if curve.fit is not None else None
    return {"rule": curve.rule.name, "bound": curve.rule.bound, "points": points, "fit": fit}


def _flat(one: Scaling) -> Iterator[dict[str, Any]]:
    for curve in one.curves:
        for point in curve.points:
            yield {"model": one.model, "rule": curve.rule.name, **_numbers(one, point)}


def _numbers(one: Scaling, point: ScalingPoint) -> dict[str, Any]:
    """All that is known of a point; dollars at most, None without a price."""
    dollars = one.dollars_of(point.k)
    accuracy = {"accuracy": point.accuracy.mean, "low": point.accuracy.low, "high": point.accuracy.high}
    cost = {"tokens": point.tokens, "dollars": None if dollars is None else dollars.most}
    return {"k": point.k, **cost, **accuracy, "n": point.problems}


def _fits(found: Sequence[Scaling]) -> Iterator[str]:
    """What twice the tokens gain, by the line through all k."""
    for one in found:
        for curve in one.curves:
            if curve.fit is not None:
                fit = curve.fit
                half, largest = (fit.slope_high - fit.slope_low) / 2, max(map(abs, fit.residuals))
                slope = round(fit.slope, 3) + 0.0  # a rounded -0 loses its sign
                gained = f"twice the tokens: {one.model} {curve.rule.title} {slope:+.3f} ± {half:.3f}"
                yield f"{gained} (R² {fit.r2:.2f}, residuals to {largest:.3f})"


def _budgets(found: Sequence[Scaling]) -> Iterator[str]:
    """Models at equal tokens: the most that all of them were measured at."""
    ends = [tokens for one in found if (c := one.curve("majority")) and (tokens := c.points[-1].tokens)]
    if len(ends) < 2:
        return
    budget = min(ends)
    reached = [(one.model, c.at_tokens(budget)) for one in found if (c := one.curve("majority"))]
    known = ", ".join(f"{model} {accuracy:.2f}" for model, accuracy in reached if accuracy is not None)
    yield f"majority at {budget:,.0f} tokens a problem: {known}"

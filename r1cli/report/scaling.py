"""Charts of test-time compute: accuracy against tokens under every rule, and against the number of samples."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from r1cli.report.colours import INK, MUTED
from r1cli.report.vega import Chart, Spec, described, frame, legend, quantitative, rounded, tip, told_apart, with_legend
from r1cli.results.rules import SelectionRule
from r1cli.results.sample_sets import in_words
from r1cli.results.scaling import Scaling, ScalingCurve

DASHES = {"majority": [1, 0], "best_of_n": [8, 3], "weighted": [2, 2], "any": [5, 4], "all": [1, 3]}
"""SelectionRule -> dash of its line; colours are the models'."""
ROOM = 1.08
"""Of the x axis beyond the first and the last point."""
ESTIMATOR = "Mean over all draws of k; band: 95 % over problems, for these weights"


def against_tokens(found: Sequence[Scaling]) -> Chart:
    """All models, by the majority of their samples; one alone under every rule."""
    if len(found) == 1:
        return panel(found[0], found)
    title = "Accuracy against tokens"
    rules = [rule for rule in _rules(found) if rule.name == "majority"] or _rules(found, leave_out="all")
    return _chart("scaling_tokens", title, found, rules, x="tokens", words=_fits(found, rules))


def panel(one: Scaling, found: Sequence[Scaling]) -> Chart:
    """One model under every rule, on the x axis that all of `found` share; pass@k, the bound, dashed."""
    title = f"{one.model}: accuracy against tokens"
    name = f"scaling_tokens_{one.sets[0].checkpoint or one.model}"
    tokens = [p.tokens for other in found for curve in other.curves for p in curve.points if p.tokens]
    rules = _rules([one], leave_out="all")
    return _chart(name, title, [one], rules, x="tokens", words=_fits([one], rules), domain=tokens)


def against_samples(found: Sequence[Scaling], benchmark: str = "") -> Chart:
    """pass@k, cons@k and pass^k of every model."""
    name, title = "scaling_samples", "Accuracy against samples"
    if benchmark:
        name, title = f"{name}_{benchmark}", f"{benchmark}: {title.lower()}"
    rules = [rule for rule in _rules(found) if rule.name in {"any", "majority", "all"}]
    return _chart(name, title, found, rules, x="k", words="")


def _rules(found: Sequence[Scaling], *, leave_out: str = "") -> list[SelectionRule]:
    rules = dict.fromkeys(curve.rule for one in found for curve in one.curves)
    return [rule for rule in rules if rule.name != leave_out and rule.name in DASHES]


def _chart(
    name: str,
    title: str,
    found: Sequence[Scaling],
    rules: Sequence[SelectionRule],
    *,
    x: str,
    words: str,
    domain: Sequence[float] = (),
) -> Chart:
    curves = [(one.model, curve) for one in found for curve in one.curves if curve.rule in rules]
    points = [point for model, curve in curves for point in _points(model, curve, x)]
    scale: Spec = {"type": "log", "base": 2, "nice": False}
    scale |= {"domain": [rounded(min(domain) / ROOM), rounded(max(domain) * ROOM)]} if domain else {"padding": 10}
    layers = _layers(found, rules, x=x, scale=scale)
    spec = frame(title, points, 280, layers)
    ends = [
        {"model": model, "rule": curve.rule.title, "from": rounded(curve.points[0].accuracy.mean)}
        | {"to": rounded(curve.points[-1].accuracy.mean), "samples": curve.points[-1].k}
        for model, curve in curves
        if curve.points
    ]
    spec["description"] = described(title, ends)
    meaning = "; ".join(f"{rule.title}: {rule.meaning}" for rule in rules)
    protocol = in_words([of_seed for one in found for of_seed in one.sets])
    return Chart(name, title, ". ".join(filter(None, [meaning, ESTIMATOR, words, protocol])) + ".", spec)


def _layers(found: Sequence[Scaling], rules: Sequence[SelectionRule], *, x: str, scale: Spec) -> list[Spec]:
    """Bands, lines and dots; of one model against tokens the fitted line, too."""
    label = "tokens generated for a problem" if x == "tokens" else "k, samples of a problem"
    across = quantitative("x", label, scale=scale, axis={"format": ",.0f", "tickCount": 6, "grid": False})
    axes: Spec = {"scale": {"zero": False, "nice": True}, "axis": {"format": ".2~f"}}
    colour = told_apart([one.model for one in found])
    shared: Spec = {"x": across, "color": with_legend(colour) if len(found) > 1 else colour}
    tips = [tip("model", number=""), tip("rule", number=""), tip("k", number="d"), tip("tokens", number=",.0f")]
    tips += [tip("y", "accuracy"), tip("low", "from"), tip("high", "to"), tip("n", "problems", number="d")]
    y, low = (quantitative(field, "accuracy", **axes) for field in ("y", "low"))
    return [
        {
            "transform": [{"filter": "!datum.bound"}],
            "mark": {"type": "area", "opacity": 0.14},
            "encoding": {**shared, "detail": {"field": "rule"}, "y": low, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round"},
            "encoding": {**shared, "strokeDash": _dashes(rules), "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
            "encoding": {**shared, "y": y, "tooltip": tips},
        },
        *(_line_of_fit(found[0], rules, across, axes) if x == "tokens" and len(found) == 1 else []),
    ]


def _points(model: str, curve: ScalingCurve, x: str) -> list[Spec]:
    points: list[Spec] = []
    for point in curve.points:
        if x == "tokens" and not point.tokens:
            continue
        values = {"y": point.accuracy.mean, "low": point.accuracy.low, "high": point.accuracy.high}
        at = float(point.k) if x == "k" else point.tokens
        of = {"model": model, "rule": curve.rule.title, "bound": curve.rule.bound, "k": point.k}
        of |= {"n": point.problems, "tokens": rounded(point.tokens), "x": rounded(at)}
        points.append(of | {key: rounded(value) for key, value in values.items()})
    return points


def _dashes(rules: Sequence[SelectionRule]) -> Spec:
    """Each rule's line; a legend above where there are several."""
    scale = {"domain": [rule.title for rule in rules], "range": [DASHES[rule.name] for rule in rules]}
    above = legend(symbolType="stroke", symbolStrokeColor=INK, symbolSize=400) if len(rules) > 1 else None
    return {"field": "rule", "type": "nominal", "scale": scale, "legend": above}


def _line_of_fit(one: Scaling, rules: Sequence[SelectionRule], across: Spec, axes: Spec) -> list[Spec]:
    """The lines that were fitted, straight on this axis."""
    ends: list[Spec] = []
    for curve in one.curves:
        known = [point.tokens for point in curve.points if point.tokens]
        if curve.fit is not None and curve.rule in rules:
            for tokens in (known[0], known[-1]):
                height = curve.fit.intercept + curve.fit.slope * log2(tokens)
                ends.append({"x": rounded(tokens), "y": rounded(height), "fit": curve.rule.title})
    if not ends:
        return []
    return [
        {
            "data": {"values": ends},
            "mark": {"type": "line", "strokeWidth": 1, "color": MUTED},
            "encoding": {"x": across, "y": quantitative("y", "accuracy", **axes), "detail": {"field": "fit"}},
        }
    ]


def _fits(found: Sequence[Scaling], rules: Sequence[SelectionRule]) -> str:
    """The lines through the curves, in words."""
    fits = [
        f"{one.model} {curve.rule.title} {curve.fit.slope:+.3f} ({curve.fit.slope_low:+.3f} to"
        f" {curve.fit.slope_high:+.3f}; R² {curve.fit.r2:.2f})"
        for one in found
        for curve in one.curves
        if curve.fit is not None and curve.rule in rules
    ]
    return f"For twice the tokens, by a line fitted to log2 (95 % over problems): {', '.join(fits)}" if fits else ""

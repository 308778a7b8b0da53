"""Each chart of the report, defined once as Vega-Lite; vega.py draws it in the page and into files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from r1cli.report.colours import INK, MUTED, OF_PHASES, WARNING
from r1cli.report.curves import REMARKS, Curve, Segment
from r1cli.report.graph import RecipeStep
from r1cli.report.rejection import RejectionReport
from r1cli.report.vega import (
    Chart,
    Spec,
    coloured,
    config,
    described,
    frame,
    legend,
    nominal,
    quantitative,
    rounded,
    tip,
)
from r1cli.results import paper, phases
from r1cli.results.measures import MEASURES
from r1cli.results.phases import UpdateTime
from r1cli.results.table import TableRow, meanings
from r1cli.results.trade_offs import WeightChoice, varied

RIBBON = 17  # pixels of one line of stage names above a curve
SHARE_AXIS: Spec = {"values": [0, 0.2, 0.4, 0.6, 0.8, 1], "tickCount": 10}
SHARE_SCALE: Spec = {"domain": [0, 1.1]}
"""Room above 1 for the numbers, so that charts side by side are equally high."""
DOT: Spec = {"type": "point", "filled": True, "size": 90, "opacity": 1}


def measure(rows: Sequence[TableRow], key: str, *, height: int = 220) -> Chart:
    """One measure of every model: mean, interval, and each seed as a hollow dot."""
    title = MEASURES[key].title
    intervals = [(row.name, row.measures[key]) for row in rows]
    means: list[Spec] = []
    for name, interval in intervals:
        if interval is not None:
            values = {"mean": interval.mean, "low": max(interval.low, 0.0), "high": interval.high}
            means.append({"model": name, **{k: rounded(v) for k, v in values.items()}, "shown": f"{interval.mean:.2f}"})
    is_share = all(0 <= row["mean"] <= 1 for row in means)
    if is_share:
        means = [{**row, "high": min(row["high"], 1.0)} for row in means]
    names = [row["model"] for row in means]
    x, colour = nominal("model", names), coloured(names)
    axes: Spec = {"scale": SHARE_SCALE, "axis": SHARE_AXIS} if is_share else {"scale": {"zero": True}, "axis": {}}
    tips = [tip("model", number=""), tip("mean"), tip("low", "from"), tip("high", "to")]
    seed_tips = [tip("model", number=""), tip("seed", number=""), tip("value")]
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round", "opacity": 0.55},
            "encoding": {"y": quantitative("low", **axes), "y2": {"field": "high"}, "color": colour, "tooltip": tips},
        },
        {
            "data": {"values": _single_seeds(rows, key)},
            "mark": {"type": "point", "size": 26, "strokeWidth": 1.2, "opacity": 0.75, "xOffset": -9},
            "encoding": {"y": quantitative("value", **axes), "color": colour, "tooltip": seed_tips},
        },
        {"mark": DOT, "encoding": {"y": quantitative("mean", **axes), "color": colour, "tooltip": tips}},
        {
            "mark": {"type": "text", "dy": -14, "fontSize": 12, "fontWeight": 600, "color": INK},
            "encoding": {"y": quantitative("high", **axes), "text": {"field": "shown"}},
        },
    ]
    caption = f"Dot: mean; line: {'; '.join(meanings(rows))}; hollow dots: single seeds."
    return Chart(f"stages_{key}", title, caption, frame(title, means, height, layers, encoding={"x": x}))


def _single_seeds(rows: Sequence[TableRow], key: str) -> list[Spec]:
    """The mean of each seed, where there are several."""
    points = []
    for row in rows:
        if len(row.seeds) > 1:
            means = [(seed, means[key]) for seed, means in zip(row.seeds, row.by_seed, strict=True)]
            points += [{"model": row.name, "seed": s, "value": rounded(m)} for s, m in means if m is not None]
    return points


def curve(drawn: Curve) -> Chart:
    """A measure against updates: a line for the mean over seeds, a band from the least to the greatest."""
    points = [{**point, "part": i} for i, s in enumerate(drawn.segments) for point in s.points]
    x = quantitative("x", "updates", scale={"nice": False, "domainMin": 0})
    # A format of its own: a lone tick would be rounded to a whole number.
    axes: Spec = {"scale": {"zero": False}, "axis": {"format": ".4~r"}}
    colour = coloured([s.label for s in drawn.segments])
    main = {"x": x, "color": colour, "detail": {"field": "part"}}
    mean = quantitative("y", **axes)
    hover = {"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}}
    only_near = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    tips = [tip("model", number=""), tip("x", "update", number=".0f"), tip("y", "mean"), tip("low"), tip("high")]
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.2},
            "encoding": {**main, "y": quantitative("low", **axes), "y2": {"field": "high"}},
        },
        {"mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round"}, "encoding": {**main, "y": mean}},
        {
            "params": [hover],
            "mark": {"type": "point", "filled": True, "size": 60},
            "encoding": {**main, "y": mean, "opacity": only_near, "tooltip": tips},
        },
        *_marks(drawn.segments, x),
        *_ribbon(drawn.segments, x, colour),
    ]
    title = f"{drawn.title} ({drawn.unit})" if drawn.unit else drawn.title
    ends = [{"model": s.label, "first": s.points[0]["y"], "last": s.points[-1]["y"]} for s in drawn.segments]
    spec = frame(title, points, 170, layers)
    spec["description"] = described(title, ends)
    file = drawn.key.removeprefix("train/").replace("/raw", "").replace("/", "_")
    caption = "; ".join(filter(None, [drawn.unit, REMARKS.get(drawn.key)]))
    return Chart(f"curve_{file}", drawn.title, f"{caption[:1].upper()}{caption[1:]}", spec)


def _marks(segments: Sequence[Segment], x: Spec) -> list[Spec]:
    """Dashed lines where training warned of this measure; what it said is in the tip."""
    warnings = [warning for s in segments for warning in s.warnings]
    if not warnings:
        return []
    rule = {"type": "rule", "strokeDash": [3, 3], "strokeWidth": 1.5, "color": WARNING, "opacity": 0.9}
    tips = [tip("model", number=""), tip("said", "warning", number="")]
    return [{"data": {"values": warnings}, "mark": rule, "encoding": {"x": x, "tooltip": tips}}]


def _ribbon(segments: Sequence[Segment], x: Spec, colour: Spec) -> list[Spec]:
    """Above a curve: which updates belong to which stage, one line for each way of training."""
    lines = 1 + max(s.row for s in segments)
    ribbon = []
    for s in segments:
        height = -9 - RIBBON * (lines - 1 - s.row)
        ribbon.append({"x": s.start, "x2": s.end, "mid": (s.start + s.end) / 2, "model": s.label, "line": height})
    line = quantitative("line", scale=None)
    return [
        {
            "data": {"values": ribbon},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": line, "color": colour},
        },
        {
            "data": {"values": ribbon},
            "mark": {"type": "text", "fontSize": 11, "dy": -7, "fontWeight": 600},
            "encoding": {"x": {**x, "field": "mid"}, "y": line, "color": colour, "text": {"field": "model"}},
        },
    ]


def trade_off(node: str, choices: Sequence[WeightChoice]) -> Chart:
    """Accuracy against language consistency, one point for each choice of reward weights."""
    names = varied(choices)
    points: list[dict[str, Any]] = []
    for choice in choices:
        accuracy, language = choice.row.measures["accuracy"], choice.row.measures["language"]
        if accuracy is not None and language is not None:
            values = {"x": language.mean, "x1": max(language.low, 0.0), "x2": min(language.high, 1.0)}
            values |= {"y": accuracy.mean, "y1": max(accuracy.low, 0.0), "y2": min(accuracy.high, 1.0)}
            weights = ", ".join(f"{name} {choice.weights.get(name, 0):g}" for name in names)
            point = {k: rounded(v) for k, v in values.items()}
            points.append({**point, "weights": weights, "seeds": len(choice.row.seeds)})
    scale = {"zero": False, "padding": 16, "nice": True}
    x: Spec = {"title": "language consistency", "scale": scale}
    y: Spec = {"title": "accuracy", "scale": scale}
    at = {"x": quantitative("x", **x), "y": quantitative("y", **y)}
    tips = [tip("weights", number=""), tip("y", "accuracy"), tip("x", "language"), tip("seeds", number="d")]
    bar = {"type": "rule", "strokeWidth": 1.5, "opacity": 0.45, "color": "var(--r1)"}
    layers: list[Spec] = [
        {"mark": bar, "encoding": {**at, "x": quantitative("x1", **x), "x2": {"field": "x2"}}},
        {"mark": bar, "encoding": {**at, "y": quantitative("y1", **y), "y2": {"field": "y2"}}},
        {"mark": {**DOT, "color": "var(--r1)"}, "encoding": {**at, "tooltip": tips}},
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8, "fontSize": 12, "color": INK},
            "encoding": {**at, "text": {"field": "weights"}},
        },
    ]
    title = f"{paper.name_of(node)}: what a reward weight costs"
    caption = f"Lines: {'; '.join(meanings([choice.row for choice in choices]))}."
    return Chart(f"trade_off_{node}", title, caption, frame(title, points, 300, layers))


def removed(sampling: RejectionReport) -> Chart:
    """What became of the sampled responses, filter by filter in the order in which they are applied."""
    rows: list[Spec] = [
        {"what": f.name.replace("_", " "), "count": f.dropped, "kept": "no"} for f in sampling.filters if f.dropped
    ]
    rows.append({"what": "kept", "count": sampling.kept, "kept": "yes"})
    colour: Spec = {"field": "kept", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["yes", "no"], "range": ["var(--dev2)", "var(--base)"]}
    tips = [tip("what", "filter", number=""), tip("count", "responses", number=",d")]
    title = "What became of the sampled responses"
    caption = f"Seed {sampling.seed}; filters from top to bottom in the order of use."
    x = quantitative("count", "responses")
    return Chart("rejection", title, caption, _bars(title, rows, "what", x, colour=colour, tips=tips, number=",d"))


def time_spent(steps: Sequence[RecipeStep]) -> Chart:
    """Minutes of each stage, mean over seeds."""
    rows = [{"stage": s.name, "minutes": rounded(s.cost.seconds / 60), "model": s.label} for s in steps]
    tips = [tip("stage", number=""), tip("minutes", number=".2f")]
    title = "Where the time went"
    x = quantitative("minutes", "minutes of one seed")
    spec = _bars(title, rows, "stage", x, colour=coloured([s.label for s in steps]), tips=tips, number=".1f")
    return Chart("time", title, "Wall time of all attempts, mean over seeds.", spec)


def update_time(stages: Sequence[UpdateTime]) -> Chart:
    """Shares of the phases of an update, stacked, one bar for each RL stage; at its end what an update takes."""
    rows: list[Spec] = []
    ends: list[Spec] = []
    for stage in stages:
        name = stage.label if stage.label == stage.node else f"{stage.label}, {stage.node}"
        for place, (phase, share) in enumerate(phases.shares(stage.seconds).items()):
            numbers = {"share": rounded(share), "seconds": rounded(stage.seconds[phase])}
            rows.append({"stage": name, "phase": phase, **numbers, "place": place, "seeds": stage.seeds})
        ends.append({"stage": name, "end": 1, "took": f"{rounded(sum(stage.seconds.values())):.3g} s"})
    names = [row["stage"] for row in ends]
    axis = {**SHARE_AXIS, "format": ".0%"}
    x = quantitative("share", "share of an update", stack="zero", scale={"domain": [0, 1.15]}, axis=axis)
    tips = [tip("stage", number=""), tip("phase", number=""), tip("share", number=".1%")]
    tips += [tip("seconds", "seconds of an update", number=".3~f"), tip("seeds", number="d")]
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1},
            "encoding": {"x": x, "color": _phase_colours(rows), "order": quantitative("place"), "tooltip": tips},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
            "encoding": {"x": quantitative("end", "share of an update"), "text": {"field": "took"}},
        },
    ]
    title = "Where the time of an update went"
    spec = frame(title, rows, 34 * len(stages), layers, encoding={"y": nominal("stage", names)})
    words = [{"stage": name, "update": phases.in_words(s.seconds)} for name, s in zip(names, stages, strict=True)]
    spec["description"] = described(title, words)
    caption = (
        "Wall time from the first update to the last, mean over updates and seeds; loading and saving the model is not "
        "counted. rollout: completions are drawn; rewards: they are scored; forward: log-probabilities and the loss; "
        "backward: gradients; other: the rest. At the end of a bar: a whole update."
    )
    return Chart("update_time", title, caption, spec)


def _phase_colours(rows: Sequence[Spec]) -> Spec:
    """Colours of the phases that take any time, with a legend above."""
    shown = [phase for phase in OF_PHASES if any(row["phase"] == phase and row["share"] for row in rows)]
    scale = {"domain": shown, "range": [OF_PHASES[phase] for phase in shown]}
    return {"field": "phase", "type": "nominal", "scale": scale, "legend": legend(columns=3)}


def _bars(
    title: str, rows: Sequence[Spec], names: str, x: Spec, *, colour: Spec, tips: Sequence[Spec], number: str
) -> Spec:
    """Horizontal bars with their numbers at the end."""
    y = nominal(names, [row[names] for row in rows])
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {"color": colour, "tooltip": list(tips)},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
            "encoding": {"text": {"field": x["field"], "format": number}},
        },
    ]
    return frame(title, rows, 26 * len(rows), layers, encoding={"x": x, "y": y})


def headline(rows: Sequence[TableRow]) -> Chart:
    """Accuracy and language consistency side by side: the one picture of a README."""
    panels = []
    for key in ("accuracy", "language"):
        spec = measure(rows, key, height=240).spec
        panel = {k: v for k, v in spec.items() if k in {"data", "layer", "height", "encoding"}}
        panels.append({**panel, "width": 380, "title": MEASURES[key].title})
    caption = f"Held-out problems. Dot: mean; line: {'; '.join(meanings(rows))}; hollow dots: single seeds."
    footer: Spec = {"text": caption, "anchor": "start", "orient": "bottom"}
    footer |= {"fontSize": 12, "fontWeight": "normal", "color": MUTED}
    spec = {"hconcat": panels, "spacing": 36, "title": footer, "config": config()}
    return Chart("stages", "Accuracy and language consistency of every model", caption, spec)

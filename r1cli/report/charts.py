"""Each chart of the report once, as Vega-Lite: Vega draws it in the page, vl-convert draws the same into files.

Colours are names of CSS variables, so that the page's light and dark schemes apply; `drawn` fills them in for a file.
One hue is the way to R1, growing stronger from Dev1 on, a second one is R1-Zero; they differ in lightness too, so that
neither colour blindness nor a grey printer takes the difference away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from r1cli.report.curves import Curve
from r1cli.report.graph import Node
from r1cli.report.rejection import Sampling
from r1cli.report.scores import MEANING, Cell, Score, varied
from r1cli.results.comparison import LABELS

VEGA_LITE = "6.4"
LIGHT = {
    "--ink": "#1b1f24",
    "--muted": "#57606a",
    "--rule": "#d5dae0",
    "--paper": "#ffffff",
    "--base": "#6e7781",
    "--zero": "#c2410c",
    "--dev1": "#6aa5dc",
    "--dev2": "#3b82c4",
    "--dev3": "#1f62a5",
    "--r1": "#0b3d73",
    "--student": "#7c3aed",
    "--other": "#57606a",
}
"""As in assets/page.css; a test holds the two together."""
COLOURS = {
    "Base": "var(--base)",
    "R1-Zero": "var(--zero)",
    "Dev1": "var(--dev1)",
    "Dev2": "var(--dev2)",
    "Dev3": "var(--dev3)",
    "R1": "var(--r1)",
    "Student": "var(--student)",
}
INK, MUTED, RULE, OTHER = "var(--ink)", "var(--muted)", "var(--rule)", "var(--other)"
ON_PAGE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
RIBBON = 17  # pixels of one line of stage names above a curve
Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart, and what is written around it."""

    name: str
    """Of its files."""
    title: str
    caption: str
    spec: Spec
    wide: bool = False
    """Takes a whole line of the page."""


def measure(scores: Sequence[Score], key: str, title: str, *, height: int = 220) -> Chart:
    """One measure of every model: mean, interval, and each seed as a hollow dot."""
    rows, seeds = [], []
    for score in scores:
        if (interval := score.measures.get(key)) is None:
            continue
        row = {"model": score.label, "mean": interval.mean, "low": max(interval.low, 0.0), "high": interval.high}
        rows.append({k: _number(v) for k, v in row.items()} | {"shown": f"{interval.mean:.2f}"})
        seeds += [{"model": score.label, "seed": s, "value": _number(e[key])} for s, e in _seeds(score, key)]
    share = all(0 <= r["mean"] <= 1 for r in rows)
    if share:
        rows = [{**r, "high": min(r["high"], 1.0)} for r in rows]
    # Room above 1 for the numbers, so that charts side by side are equally high.
    scale: Spec = {"domain": [0, 1.1]} if share else {"zero": True}
    axis: Spec = {"values": [0, 0.2, 0.4, 0.6, 0.8, 1], "tickCount": 10} if share else {}
    x = {"field": "model", "type": "nominal", "sort": [r["model"] for r in rows], "title": None}
    y = {"type": "quantitative", "scale": scale, "axis": axis, "title": None}
    colour = _colour([r["model"] for r in rows])
    tips = [_tip("model", "model", "nominal"), _tip("mean"), _tip("low", "from"), _tip("high", "to")]
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round", "opacity": 0.55},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour, "tooltip": tips},
        },
        {
            "data": {"values": seeds},
            "mark": {"type": "point", "size": 26, "strokeWidth": 1.2, "opacity": 0.75, "xOffset": -9},
            "encoding": {"x": x, "y": {**y, "field": "value"}, "color": colour}
            | {"tooltip": [_tip("model", "model", "nominal"), _tip("seed", "seed", "nominal"), _tip("value")]},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": {**y, "field": "mean"}, "color": colour, "tooltip": tips},
        },
        {
            "mark": {"type": "text", "dy": -14, "fontSize": 12, "fontWeight": 600, "color": INK},
            "encoding": {"x": x, "y": {**y, "field": "high"}, "text": {"field": "shown"}},
        },
    ]
    caption = f"Dot: mean; line: {_over(scores)}; hollow dots: single seeds."
    spec = {**_frame(rows, height), "layer": layers, "description": _told(title, rows)}
    return Chart(f"stages_{key}", title, caption, spec)


def curve(found: Curve) -> Chart:
    """A measure against updates: a line for the mean over seeds, a band from the least to the greatest."""
    points = [{**p, "part": i} for i, s in enumerate(found.segments) for p in s.points]
    rows = 1 + max(s.row for s in found.segments)
    ribbon = [
        {
            "x": s.start,
            "x2": s.end,
            "mid": (s.start + s.end) / 2,
            "model": s.label,
            "line": -9 - RIBBON * (rows - 1 - s.row),
        }
        for s in found.segments
    ]
    x = {"field": "x", "type": "quantitative", "title": "updates", "scale": {"nice": False, "domainMin": 0}}
    # A format of its own: a lone tick would be rounded to a whole number.
    y = {"field": "y", "type": "quantitative", "title": None, "scale": {"zero": False}, "axis": {"format": ".4~r"}}
    colour = _colour([s.label for s in found.segments])
    line = {"field": "line", "type": "quantitative", "scale": None}
    hover = {"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}}
    tips = [
        _tip("model", "model", "nominal"),
        _tip("x", "update", fmt=".0f"),
        _tip("y", "mean"),
        _tip("low"),
        _tip("high"),
    ]
    here = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    main = {"x": x, "y": y, "color": colour, "detail": {"field": "part"}}
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.2},
            "encoding": {**main, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {"mark": {"type": "line", "strokeWidth": 2, "strokeJoin": "round"}, "encoding": main},
        {
            "params": [hover],
            "mark": {"type": "point", "filled": True, "size": 60},
            "encoding": {**main, "opacity": here, "tooltip": tips},
        },
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
    title = f"{found.title} ({found.unit})" if found.unit else found.title
    spec = {**_frame(points, 170), "layer": layers}
    ends = [
        {"model": s.label, "first": s.points[0]["y"], "last": s.points[-1]["y"]} for s in found.segments if s.points
    ]
    spec |= {"description": _told(title, ends)}
    said = f"{found.unit[:1].upper()}{found.unit[1:]}"
    return Chart(f"curve_{_file(found.key)}", found.title, said, spec)


def trade_off(node: str, cells: Sequence[Cell]) -> Chart:
    """Accuracy against language consistency, one point for each choice of reward weights."""
    names = varied(cells)
    rows = []
    for cell in cells:
        a, b = cell.score.measures.get("accuracy"), cell.score.measures.get("language")
        if a and b:
            weights = ", ".join(f"{n} {cell.weights.get(n, 0):g}" for n in names)
            row = {"x": b.mean, "x1": max(b.low, 0.0), "x2": min(b.high, 1.0)}
            row |= {"y": a.mean, "y1": max(a.low, 0.0), "y2": min(a.high, 1.0)}
            rows.append({k: _number(v) for k, v in row.items()} | {"weights": weights, "seeds": len(cell.score.seeds)})
    scale = {"zero": False, "padding": 16, "nice": True}
    x = {"field": "x", "type": "quantitative", "title": "language consistency", "scale": scale}
    y = {"field": "y", "type": "quantitative", "title": "accuracy", "scale": scale}
    tips = [_tip("weights", "weights", "nominal"), _tip("y", "accuracy"), _tip("x", "language"), _tip("seeds", fmt="d")]
    bar = {"type": "rule", "strokeWidth": 1.5, "opacity": 0.45, "color": "var(--r1)"}
    layers: list[Spec] = [
        {"mark": bar, "encoding": {"x": {**x, "field": "x1"}, "x2": {"field": "x2"}, "y": y}},
        {"mark": bar, "encoding": {"x": x, "y": {**y, "field": "y1"}, "y2": {"field": "y2"}}},
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": "var(--r1)"},
            "encoding": {"x": x, "y": y, "tooltip": tips},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8, "fontSize": 12, "color": INK},
            "encoding": {"x": x, "y": y, "text": {"field": "weights"}},
        },
    ]
    title = f"{LABELS.get(node, node)}: what a reward weight costs"
    spec = {**_frame(rows, 300), "layer": layers, "description": _told(title, rows)}
    return Chart(f"trade_off_{node}", title, f"Lines: {_over([c.score for c in cells])}.", spec)


def removed(sampling: Sampling) -> Chart:
    """What became of the sampled responses, filter by filter in the order in which they are applied."""
    order = [f.name for f in sampling.filters if f.dropped] + ["kept"]
    rows = [{"what": f.name.replace("_", " "), "count": f.dropped, "kept": "no"} for f in sampling.filters if f.dropped]
    rows += [{"what": "kept", "count": sampling.kept, "kept": "yes"}]
    y = {"field": "what", "type": "nominal", "sort": [o.replace("_", " ") for o in order], "title": None}
    x = {"field": "count", "type": "quantitative", "title": "responses"}
    colour: Spec = {"field": "kept", "type": "nominal", "legend": None}
    colour |= {"scale": {"domain": ["yes", "no"], "range": ["var(--dev2)", "var(--base)"]}}
    tips = [_tip("what", "filter", "nominal"), _tip("count", "responses", fmt=",d")]
    bars: Spec = {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"color": colour, "tooltip": tips}}
    names: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
        "encoding": {"text": {"field": "count", "format": ",d"}},
    }
    title = "What became of the sampled responses"
    spec = {**_frame(rows, 26 * len(rows)), "encoding": {"x": x, "y": y}, "layer": [bars, names]}
    spec["description"] = _told(title, rows)
    return Chart("rejection", title, f"Seed {sampling.seed}; filters from top to bottom in the order of use.", spec)


def time_spent(nodes: Sequence[Node]) -> Chart:
    """Minutes of each stage, mean over seeds."""
    rows = [{"stage": n.name, "minutes": _number(n.cost.seconds / 60), "model": n.label} for n in nodes]
    y = {"field": "stage", "type": "nominal", "sort": [r["stage"] for r in rows], "title": None}
    x = {"field": "minutes", "type": "quantitative", "title": "minutes of one seed"}
    colour = _colour([n.label for n in nodes])
    tips = [_tip("stage", "stage", "nominal"), _tip("minutes", fmt=".2f")]
    bars: Spec = {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"color": colour, "tooltip": tips}}
    names: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
        "encoding": {"text": {"field": "minutes", "format": ".1f"}},
    }
    title = "Where the time went"
    spec = {**_frame(rows, 26 * len(rows)), "encoding": {"x": x, "y": y}, "layer": [bars, names]}
    spec["description"] = _told(title, rows)
    return Chart("time", title, "Wall time of all attempts, mean over seeds.", spec)


def headline(scores: Sequence[Score]) -> Chart:
    """Accuracy and language consistency side by side: the one picture of a README."""
    panels = []
    for key, title in (("accuracy", "Accuracy"), ("language", "Language consistency")):
        spec = measure(scores, key, title, height=240).spec
        panels.append(
            {k: v for k, v in spec.items() if k in {"data", "layer", "height"}} | {"width": 380, "title": title}
        )
    caption = f"Held-out problems. Dot: mean; line: {_over(scores)}; hollow dots: single seeds."
    footer: Spec = {
        "text": caption,
        "anchor": "start",
        "orient": "bottom",
        "fontSize": 12,
        "fontWeight": "normal",
        "color": MUTED,
    }
    spec = {"hconcat": panels, "spacing": 36, "title": footer, "config": _config()}
    return Chart("stages", "Accuracy and language consistency of every model", caption, spec, wide=True)


def for_page(chart: Chart) -> Spec:
    """The chart as a Vega specification, which the page's Vega runs."""
    import vl_convert

    compiled: Spec = vl_convert.vegalite_to_vega(chart.spec, vl_version=VEGA_LITE)
    return compiled


def drawn(chart: Chart, *, width: int = 460) -> str:
    """The chart as an SVG file's text."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_for_file(chart, width), vl_version=VEGA_LITE)
    return svg


def picture(chart: Chart, *, width: int = 460) -> bytes:
    """The chart as a PNG at twice the size."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(_for_file(chart, width), vl_version=VEGA_LITE, scale=2)
    return png


def _for_file(chart: Chart, width: int) -> Spec:
    text = json.dumps(chart.spec).replace('"container"', str(width))
    for name, colour in LIGHT.items():
        text = text.replace(f"var({name})", colour)
    spec: Spec = json.loads(text.replace(ON_PAGE, "Arial, Helvetica, sans-serif"))
    return {"title": {"text": chart.title, "anchor": "start"}, **spec, "background": LIGHT["--paper"]}


def _frame(rows: Sequence[Mapping[str, Any]], height: int) -> Spec:
    size = {"width": "container", "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}
    return {"data": {"values": list(rows)}, **size, "config": _config()}


def _config() -> Spec:
    axis = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    axis |= {"domainColor": RULE, "tickColor": RULE, "gridColor": RULE, "gridOpacity": 0.6, "labelAngle": 0}
    return {
        "font": ON_PAGE,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False, "labelOverlap": True, "tickCount": 5},
        "axisY": {"domain": False, "ticks": False, "tickCount": 5},
        "title": {"color": INK, "fontSize": 14, "anchor": "start", "fontWeight": 600},
    }


def _colour(labels: Sequence[str]) -> Spec:
    domain = list(dict.fromkeys(labels))
    scale = {"domain": domain, "range": [COLOURS.get(label, OTHER) for label in domain]}
    return {"field": "model", "type": "nominal", "legend": None, "scale": scale}


def _tip(field: str, title: str = "", kind: str = "quantitative", fmt: str = ".3~f") -> Spec:
    tip = {"field": field, "type": kind, "title": title or field}
    return tip if kind == "nominal" else {**tip, "format": fmt}


def _over(scores: Sequence[Score]) -> str:
    return "; ".join(dict.fromkeys(MEANING[s.over] for s in scores))


def _told(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A chart in words, for those who cannot see it."""
    lines = ("; ".join(", ".join(f"{k} {v}" for k, v in row.items()) for row in rows[:12]),)
    return f"{title}: {lines[0]}"


def _seeds(score: Score, key: str) -> list[tuple[int, Mapping[str, float | None]]]:
    """Single seeds with their values, where there are several."""
    if len(score.seeds) < 2:
        return []
    return [(s, e) for s, e in zip(score.seeds, score.each, strict=True) if e.get(key) is not None]


def _number(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _file(key: str) -> str:
    return key.removeprefix("train/").replace("/raw", "").replace("/", "_")

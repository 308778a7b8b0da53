"""The parts that all charts share, and how a chart is drawn: by Vega in the page, by vl-convert into files.

Colours are names of CSS variables, so that the page's light and dark schemes apply; for a file they are filled in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from r1cli.report.colours import INK, LIGHT, MUTED, OTHERS, RULE, of_model

VEGA_LITE = "6.4"
FILE_WIDTH = 460  # pixels of a picture on paper
ON_PAGE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart, and what is written around it."""

    name: str
    """Of its files."""
    title: str
    caption: str
    spec: Spec
    """Vega-Lite."""
    wide: bool = False
    """Does it keep its width? In a narrow window it is then scrolled, where others shrink."""


def for_page(chart: Chart) -> Spec:
    """The chart as a Vega specification, which the page's Vega runs."""
    import vl_convert

    compiled: Spec = vl_convert.vegalite_to_vega(chart.spec, vl_version=VEGA_LITE)
    return compiled


def as_svg(chart: Chart) -> str:
    """The chart as an SVG file's text."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_for_file(chart), vl_version=VEGA_LITE)
    return svg


def as_png(chart: Chart) -> bytes:
    """The chart as a PNG at twice the size."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(_for_file(chart), vl_version=VEGA_LITE, scale=2)
    return png


def frame(title: str, rows: Sequence[Mapping[str, Any]], height: int, layers: Sequence[Spec], **more: Any) -> Spec:
    """A specification: data, size, style, and a description for those who cannot see the chart."""
    return {
        "data": {"values": list(rows)},
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": config(),
        "layer": list(layers),
        "description": described(title, rows),
        **more,
    }


def described(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A chart's first numbers in words."""
    return f"{title}: {'; '.join(', '.join(f'{k} {v}' for k, v in row.items()) for row in rows[:12])}"


def config() -> Spec:
    """What all charts look like."""
    axis = {"labelColor": MUTED, "titleColor": MUTED, "labelFontSize": 12, "titleFontSize": 12}
    axis |= {"titleFontWeight": "normal", "labelAngle": 0}
    axis |= {"domainColor": RULE, "tickColor": RULE, "gridColor": RULE, "gridOpacity": 0.6}
    return {
        "font": ON_PAGE,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False, "labelOverlap": True, "tickCount": 5},
        "axisY": {"domain": False, "ticks": False, "tickCount": 5},
        "title": {"color": INK, "fontSize": 14, "anchor": "start", "fontWeight": 600},
        # Several legends of a chart below each other: side by side they are wider than a telephone.
        "legend": {"layout": {"top": {"direction": "vertical", "anchor": "start"}}},
    }


def coloured(labels: Sequence[str]) -> Spec:
    """The encoding of the field `model` by the models' colours."""
    domain = list(dict.fromkeys(labels))
    scale = {"domain": domain, "range": [of_model(label) for label in domain]}
    return {"field": "model", "type": "nominal", "legend": None, "scale": scale}


def with_legend(colour: Spec) -> Spec:
    """The same with the names above the chart; every layer of a chart must have it, or none."""
    return {**colour, "legend": legend(symbolOpacity=1, columns=3)}


def legend(**more: Any) -> Spec:
    """A legend above the chart, without a title; `more` are further properties of Vega-Lite's legend."""
    return {"orient": "top", "title": None, "labelColor": MUTED, "labelFontSize": 12, **more}


def told_apart(labels: Sequence[str]) -> Spec:
    """As `coloured`, but models that the paper does not name differ in colour, too: those behind an API, say."""
    domain = list(dict.fromkeys(labels))
    others = iter(OTHERS)
    colours = []
    for label in domain:
        colour = of_model(label)
        colours.append(next(others, colour) if colour == of_model("") else colour)
    return {**coloured(domain), "scale": {"domain": domain, "range": colours}}


def nominal(field: str, order: Sequence[str]) -> Spec:
    """An axis of names without a title."""
    return {"field": field, "type": "nominal", "sort": list(order), "title": None}


def quantitative(field: str, title: str | None = None, **more: Any) -> Spec:
    """An axis of numbers."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def tip(field: str, title: str = "", *, number: str = ".3~f") -> Spec:
    """One line of a tooltip; `number` is a format of d3, empty for a name."""
    if not number:
        return {"field": field, "type": "nominal", "title": title or field}
    return {"field": field, "type": "quantitative", "title": title or field, "format": number}


def rounded(value: Any) -> Any:
    """Four digits: more would only make the page larger."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _for_file(chart: Chart) -> Spec:
    text = json.dumps(chart.spec).replace('"container"', str(FILE_WIDTH))
    for variable, colour in LIGHT.items():
        text = text.replace(f"var({variable})", colour)
    spec: Spec = json.loads(text.replace(ON_PAGE, "Arial, Helvetica, sans-serif"))
    return {"title": {"text": chart.title, "anchor": "start"}, **spec, "background": LIGHT["--paper"]}

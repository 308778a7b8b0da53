"""Charts of how far a model can be relied on: vote share against accuracy, and accuracy if only sure answers count."""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.report.colours import MUTED
from r1cli.report.vega import Chart, Spec, described, frame, quantitative, rounded, tip, told_apart, with_legend
from r1cli.results.reliability import BINS, Reliability

UNIT: Spec = {"domain": [0, 1]}
AXIS: Spec = {"values": [0, 0.25, 0.5, 0.75, 1], "format": ".2~f", "grid": True}


def calibration(found: Sequence[Reliability], protocol: str) -> Chart:
    """Accuracy of the majority's answer against the share of samples that voted for it."""
    rows: list[Spec] = []
    for one in found:
        for inside in one.bins:
            interval = inside.accuracy
            values = {"x": inside.share, "y": interval.mean, "low": interval.low, "high": interval.high}
            row = {"model": one.model, "votes": f"{inside.low:.1f} to {inside.high:.1f}", "n": inside.count}
            rows.append(row | {key: rounded(value) for key, value in values.items()})
    x = quantitative("x", "share of samples that voted for the answer", scale=UNIT, axis=AXIS)
    y = quantitative("y", "share of these answers that are right", scale=UNIT, axis=AXIS)
    colour = with_legend(told_apart([one.model for one in found]))
    tips = [tip("model", number=""), tip("votes", "vote share", number=""), tip("n", "problems", number="d")]
    tips += [tip("y", "right"), tip("low", "from"), tip("high", "to")]
    layers: list[Spec] = [
        {
            "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
            "mark": {"type": "line", "strokeDash": [4, 4], "strokeWidth": 1, "color": MUTED},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.4},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
        },
        {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y, "color": colour}},
        {
            "mark": {"type": "point", "filled": True, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour,
                "size": {"field": "n", "type": "quantitative", "legend": None, "scale": {"range": [20, 240]}},
                "tooltip": tips,
            },
        },
    ]
    title = "Vote share against accuracy"
    spec = frame(title, rows, 280, layers)
    errors = ", ".join(f"{one.model} {one.error:.2f}" for one in found)
    spec["description"] = described(title, [{"model": o.model, "calibration error": rounded(o.error)} for o in found])
    caption = (
        f"Problems by the share of samples that voted for the most frequent answer, {BINS} bins of equal width; "
        "the larger a dot, the more problems; line: 95 % over the problems of a bin (Wilson); dashed: a model that "
        f"knows how sure it may be. Expected calibration error: {errors}. {protocol}."
    )
    return Chart("reliability_calibration", title, caption, spec)


def coverage(found: Sequence[Reliability], protocol: str) -> Chart:
    """Accuracy against the share of problems that are answered, if only answers with enough votes are given."""
    rows: list[Spec] = []
    for one in found:
        for point in one.coverage:
            values = {"x": point.answered, "y": point.accuracy, "share": point.share}
            rows.append({"model": one.model} | {key: rounded(value) for key, value in values.items()})
    x = quantitative("x", "share of problems answered", scale=UNIT, axis=AXIS)
    y = quantitative(
        "y", "share of the answers that are right", scale={"zero": False, "nice": True}, axis={"format": ".2~f"}
    )
    colour = with_legend(told_apart([one.model for one in found]))
    tips = [tip("model", number=""), tip("share", "votes of at least"), tip("x", "answered"), tip("y", "right")]
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone"},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
        },
    ]
    title = "Answering only when sure"
    spec = frame(title, rows, 280, layers)
    surest = [(one.model, one.coverage[-1]) for one in found]
    spec["description"] = described(
        title, [{"model": model, "answered": rounded(p.answered), "right": rounded(p.accuracy)} for model, p in surest]
    )
    caption = (
        "A dot for every vote share below which no answer is given; at the right everything is answered, as by cons@k."
        f" {protocol}."
    )
    return Chart("reliability_coverage", title, caption, spec)

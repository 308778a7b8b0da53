"""Charts of single samples: how long they are against how hard the problem is, and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.report.colours import INK, OF_ENDS
from r1cli.report.vega import (
    Chart,
    Spec,
    described,
    frame,
    legend,
    nominal,
    quantitative,
    rounded,
    tip,
    told_apart,
    with_legend,
)
from r1cli.results.difficulty import Lengths
from r1cli.results.scorecard import ENDS

BY_OTHERS = "How hard a problem is, is told by the pass@1 of all other models on it, never by the samples shown. "
CROWDED = 9
"""Bars from which on they are thinner."""


def tokens(found: Mapping[str, Sequence[Lengths]], protocol: str, benchmark: str = "") -> Chart:
    """Mean tokens of right and of wrong samples, by the benchmark's levels, else by the other models' pass@1."""
    rows: list[Spec] = []
    for model, bins in found.items():
        for one in bins:
            of = {"model": model, "bin": one.difficulty, "problems": one.problems, "truncated": rounded(one.truncated)}
            rows += [
                {**of, "kind": kind, "tokens": rounded(value)}
                for kind, value in (("right", one.right), ("wrong", one.wrong))
                if value is not None
            ]
    order = [name for _, name in sorted({(one.place, one.difficulty) for bins in found.values() for one in bins})]
    axis = f"level of {benchmark}" if benchmark else "pass@1 of the other models: easy to hard"
    x = {**nominal("bin", order), "title": axis}
    y = quantitative("tokens", "tokens of a response", scale={"zero": True})
    dash: Spec = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": ["right", "wrong"], "range": [[1, 0], [4, 3]]},
    }
    dash["legend"] = legend(symbolStrokeColor=INK)
    colour = with_legend(told_apart(list(found)))
    tips = [tip("model", number=""), tip("bin", "difficulty", number=""), tip("kind", "samples", number="")]
    tips += [tip("tokens", number=".1f"), tip("problems", number="d"), tip("truncated", "of all cut off", number=".1%")]
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}},
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
        },
    ]
    title = f"{benchmark}: tokens against difficulty" if benchmark else "Tokens against difficulty"
    spec = frame(title, rows, 260, layers)
    ends = [
        {"model": m, "easiest": rounded(b[0].right), "hardest": rounded(b[-1].right)} for m, b in found.items() if b
    ]
    spec["description"] = described(title, ends)
    cut = ", ".join(f"{m} {_cut(bins):.1%}" for m, bins in found.items())
    caption = f"Mean over samples. {'' if benchmark else BY_OTHERS}Cut off at the token limit: {cut}. {protocol}."
    return Chart(f"difficulty_tokens_{benchmark}" if benchmark else "difficulty_tokens", title, caption, spec)


def ends(found: Mapping[str, Mapping[str, float]], protocol: str, of: str = "") -> Chart:
    """How the samples of every model ended, stacked."""
    rows: list[Spec] = []
    for model, shares in found.items():
        for place, end in enumerate(ENDS):
            share = shares.get(end, 0.0)
            if share:
                rows.append({"model": model, "end": _words(end), "share": rounded(share), "place": place})
    shown = [end for end in ENDS if any(shares.get(end) for shares in found.values())]
    scale = {"domain": [_words(end) for end in shown], "range": [OF_ENDS[end] for end in shown]}
    colour: Spec = {"field": "end", "type": "nominal", "scale": scale, "legend": legend(columns=3)}
    axis = {"values": [0, 0.25, 0.5, 0.75, 1], "format": ".0%"}
    x = quantitative("share", "share of samples", stack="zero", scale={"domain": [0, 1]}, axis=axis)
    tips = [tip("model", number=""), tip("end", number=""), tip("share", number=".1%")]
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1},
            "encoding": {"x": x, "color": colour, "order": quantitative("place"), "tooltip": tips},
        }
    ]
    title = f"{of}: where samples end" if of else "Where samples end"
    height = (34 if len(found) < CROWDED else 22) * len(found)
    spec = frame(title, rows, height, layers, encoding={"y": nominal("model", list(found))})
    words = [{"model": m, **{_words(e): rounded(s) for e, s in shares.items() if s}} for m, shares in found.items()]
    spec["description"] = described(title, words)
    caption = (
        "Every sample counts once. unparseable: no answer could be read; truncated: cut off at the token limit; "
        f"crashed: the judge broke, which is nobody's answer and left out of accuracy. {protocol}."
    )
    return Chart(f"ends_{of.lower()}" if of else "ends", title, caption, spec)


def _words(end: str) -> str:
    return end.replace("_", " ")


def _cut(bins: Sequence[Lengths]) -> float:
    """Share of samples that were cut off, over all bins."""
    samples = sum(one.samples for one in bins)
    return sum(one.truncated * one.samples for one in bins) / samples if samples else 0.0

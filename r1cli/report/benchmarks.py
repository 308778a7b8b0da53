"""Charts of benchmarks: the matrix of models and benchmarks, accuracy against dollars, and contamination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.report.colours import INK, MUTED
from r1cli.report.vega import (
    Chart,
    Spec,
    described,
    frame,
    nominal,
    quantitative,
    rounded,
    tip,
    told_apart,
    with_legend,
)
from r1cli.results import paper
from r1cli.results.benchmarks import Matrix, MatrixCell
from r1cli.results.notation import NONE, name_of_score, without_zero
from r1cli.results.overlap import MetInTraining
from r1cli.results.priced_answers import PricedAnswer, pareto
from r1cli.results.statistics import ALPHA

ROW, COLUMN = 46, 84  # pixels of a benchmark and of a model
ARROWS = {True: "▲", False: "▼"}
"""Of the paper: did its model of this name do better than its R1-Zero?"""


def matrix(table: Matrix, dates: str) -> Chart:
    """Scores, and below each its difference to the baseline; coloured by the difference where it is significant."""
    rows = [_row(cell, table) for cell in table.cells.values()]
    x: Spec = {**nominal("model", table.models), "axis": {"orient": "top", "domain": False, "ticks": False}}
    y = nominal("benchmark", table.benchmarks)
    colour: Spec = {"field": "verdict", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["better", "worse", "same"], "range": ["var(--better)", "var(--worse)", "var(--soft)"]}
    tips = [
        tip("benchmark", number=""),
        tip("model", number=""),
        tip("measure", number=""),
        tip("shown", "score", number=""),
    ]
    tips += [tip("change", f"to {table.baseline or 'none'}", number=""), tip("p", "p, Holm", number="")]
    tips += [tip("n", "problems", number="d"), tip("k", "samples", number="d"), tip("paper", number="")]
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "var(--paper)", "strokeWidth": 3, "cornerRadius": 4},
            "encoding": {"color": colour, "tooltip": tips},
        },
        {
            "mark": {
                "type": "text",
                "dy": -7 if table.baseline else 0,
                "fontSize": 13,
                "fontWeight": 600,
                "color": INK,
            },
            "encoding": {"text": {"field": "mean"}},
        },
        {
            "mark": {"type": "text", "dy": 9, "fontSize": 11, "color": INK},
            "encoding": {"text": {"field": "below"}},
        },
    ]
    title = "Benchmarks"
    spec = frame(title, rows, ROW * len(table.benchmarks) + 20, layers, encoding={"x": x, "y": y})
    words = [
        {"benchmark": r["benchmark"], "model": r["model"], "score": r["shown"], "difference": r["change"]} for r in rows
    ]
    spec["description"] = described(title, words)
    # Numbers need their room: columns keep their width.
    spec |= {"width": {"step": COLUMN}, "autosize": {"type": "pad"}}
    return Chart("benchmarks", title, _caption(table, dates), spec, wide=True)


def _row(cell: MatrixCell, table: Matrix) -> Spec:
    first, d = cell.results[0], cell.difference
    score = cell.score
    significant = cell.p_holm is not None and cell.p_holm < ALPHA
    verdict = "same" if d is None or not significant else "better" if d.mean > 0 else "worse"
    change = NONE if d is None else f"{signed(d.mean)} ({signed(d.low)} to {signed(d.high)})"
    arrow = _papers_arrow(cell, table)
    below = "" if d is None else f"{signed(d.mean)}{'*' if significant else ''} {arrow}".rstrip()
    return {
        "benchmark": cell.benchmark,
        "model": cell.model,
        "measure": name_of_score(first.primary),
        "mean": NONE if score is None else f"{score.mean:.2f}",
        "shown": NONE if score is None else f"{score.mean:.3f} ({score.low:.3f} to {score.high:.3f})",
        "below": below,
        "change": change,
        "verdict": verdict,
        "p": NONE if cell.p_holm is None else f"{cell.p_holm:.3f}",
        "n": int(first.report["n_problems"]),
        "k": int(first.report["k"]),
        "paper": arrow or NONE,
    }


def signed(number: float) -> str:
    """`+.12`."""
    return without_zero(f"{number:+.2f}")


def _papers_arrow(cell: MatrixCell, table: Matrix) -> str:
    """Whether the paper's model of this name is above or below its own baseline on this benchmark; empty if unknown."""
    baseline = next((c.results[0].checkpoint for c in table.cells.values() if c.model == table.baseline), "")
    values: Mapping[str, float] = next((b.values for b in paper.benchmarks() if b.benchmark == cell.benchmark), {})
    ours, theirs = values.get(cell.results[0].checkpoint), values.get(baseline)
    if ours is None or theirs is None or ours == theirs:
        return ""
    return ARROWS[ours > theirs]


def _caption(table: Matrix, dates: str) -> str:
    of = [cell.results[0] for cell in table.cells.values()]
    protocols = dict.fromkeys(
        f"{r.benchmark}: {name_of_score(r.primary)}, n {r.report['n_problems']}, k {r.report['k']}"
        f", at most {r.report.get('max_completion_tokens') or '?'} tokens"
        for r in of
    )
    parts = ["Mean over problems; its 95 % interval (t, clustered; Wilson for shares) is in the tooltip"]
    if table.baseline:
        parts.append(
            f"below it the difference to {table.baseline}, paired by problem; * and colour: p < {ALPHA} after Holm's"
            " correction for all cells; ▲ ▼: the paper's model of that name against its own"
        )
    return f"{'; '.join(parts)}. {'; '.join(protocols)}. {dates}."


def price(found: Sequence[PricedAnswer], benchmark: str, caption: str) -> Chart:
    """Accuracy against dollars a task, and the step that no model is above and left of."""
    rows: list[Spec] = [
        {
            "model": one.model,
            "k": one.k,
            "rule": one.rule,
            "x": rounded(one.dollars),
            "y": rounded(one.accuracy),
            "solved": "none was solved" if one.per_solved is None else f"${one.per_solved:.3g}",
        }
        for one in found
    ]
    x = quantitative("x", "dollars a task", scale={"type": "log", "nice": False, "padding": 16}, axis={"format": "$~g"})
    y = quantitative("y", "accuracy", scale={"zero": True, "nice": True}, axis={"format": ".2~f"})
    colour = with_legend(told_apart([one.model for one in found]))
    tips = [tip("model", number=""), tip("rule", number=""), tip("k", number="d"), tip("y", "accuracy")]
    tips += [tip("x", "dollars a task", number=".3~g"), tip("solved", "dollars a solved task", number="")]
    frontier = pareto(found)
    layers: list[Spec] = [
        {
            "data": {"values": [{"x": rounded(p.dollars), "y": rounded(p.accuracy)} for p in frontier]},
            "mark": {
                "type": "line",
                "interpolate": "step-after",
                "color": MUTED,
                "strokeDash": [4, 3],
                "strokeWidth": 1.5,
            },
            "encoding": {"x": x, "y": y},
        },
        {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y, "color": colour}},
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
        },
    ]
    title = f"{benchmark}: accuracy against dollars"
    spec = frame(title, rows, 280, layers)
    words = f"Dashed: no dot is cheaper and better. Dollars of a solved task are in the tooltip. {caption}."
    return Chart(f"price_{benchmark}", title, words, spec)


def contamination(found: Sequence[MetInTraining]) -> Chart:
    """Share of a benchmark's rows that share ten words with a training set."""
    rows: list[Spec] = []
    for one in found:
        accuracy = ", ".join(
            f"{model} {touched:.2f} against {one.accuracy_of_clean[model]:.2f}"
            for model, touched in one.accuracy_of_touched.items()
            if model in one.accuracy_of_clean
        )
        row = {"what": f"{one.problems}, {one.training}", "benchmark": one.problems, "training": one.training}
        row |= {"share": rounded(one.touched / one.rows), "shown": f"{one.touched:,} of {one.rows:,}"}
        rows.append({**row, "accuracy": accuracy or NONE})
    names = [row["what"] for row in rows]
    most = max((row["share"] for row in rows), default=0.0)
    x = quantitative("share", "share of rows", scale={"domain": [0, max(1.6 * most, 0.01)]}, axis={"format": ".1~%"})
    tips = [
        tip("benchmark", number=""),
        tip("training", "training rows", number=""),
        tip("shown", "touched", number=""),
    ]
    tips.append(tip("accuracy", "on touched against clean rows", number=""))
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "color": "var(--rewards)", "height": 14},
            "encoding": {"tooltip": tips},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
            "encoding": {"text": {"field": "shown"}},
        },
    ]
    title = "Contamination"
    y = nominal("what", names)
    spec = frame(title, rows, 26 * len(rows), layers, encoding={"x": x, "y": {**y, "axis": {"labelLimit": 220}}})
    caption = (
        "Rows of a benchmark that share ten words in a row with the training rows that a stage made or was given "
        "(paper V2 D.1): a reason to look, no proof. Accuracy on touched and on clean rows is in the tooltip."
    )
    return Chart("contamination", title, caption, spec)

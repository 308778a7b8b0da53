"""The comparison, for a terminal of 80 columns and for papers: a rich table, CSV, Markdown, LaTeX."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from r1cli.results.comparison import LABELS, MEASURES
from r1cli.results.paper import benchmarks

Row = Mapping[str, Any]

HEADINGS = {"cons_at_k": "cons@k", "language": "lang.", "reflection": "reflect."}
ALPHA = 0.05
WIDE = 100
"""Columns of a terminal from which on long names and all numbers have room."""
HEADLINE = "accuracy"
"""The measure whose difference is shown with its interval and its p-value."""


def table(rows: Sequence[Row], *, baseline: str = "") -> None:
    """Checkpoints side by side, as the paper's stage table, and below their differences to the row `baseline`."""
    from rich.console import Console

    console = Console(file=sys.stdout)
    if console.width < WIDE and any(r.get("cell") for r in rows):
        rows = [{k: v for k, v in r.items() if k != "paper"} for r in rows]  # its column makes room for long names
    console.print(_means(rows))
    console.print(_footnote(rows), style="dim", highlight=False, markup=False)
    if baseline:
        console.print(f"\ndifference to {baseline}", style="bold", highlight=False, markup=False)
        console.print(_differences(rows))
        console.print(_footnote_of_differences(rows), style="dim", highlight=False, markup=False)


def as_csv(rows: Sequence[Row]) -> None:
    """Every number in a column of its own; `high` and `low` bound the 95 % interval."""
    flat = [_flat(r) for r in rows]
    writer = csv.DictWriter(sys.stdout, list(dict.fromkeys(k for r in flat for k in r)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)


def as_markdown(rows: Sequence[Row]) -> None:
    """A table in GitHub's Markdown."""
    from r1cli.terminal import console

    head, *body = _text(rows)
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    console.text("".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in line)} |\n" for line in lines))


def as_latex(rows: Sequence[Row]) -> None:
    r"""A tabular with booktabs' rules; wants \usepackage{booktabs}."""
    from r1cli.terminal import console

    head, *body = [[_for_latex(c) for c in line] for line in _text(rows)]
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}", r"\toprule", " & ".join(head) + r" \\", r"\midrule"]
    lines += [" & ".join(line) + r" \\" for line in body]
    console.text("\n".join([*lines, r"\bottomrule", r"\end{tabular}"]))


def _means(rows: Sequence[Row]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    seeds = _column_of_seeds(rows)
    if seeds:
        table.add_column(seeds, justify="right", no_wrap=True)
    for name in MEASURES:
        table.add_column(HEADINGS.get(name, name), justify="right", no_wrap=True)
    beside = next((b for b in benchmarks() if any(b.name in r.get("paper", {}) for r in rows)), None)
    if beside is not None:
        table.add_column("paper", justify="right", style="dim", no_wrap=True)
    for row in rows:
        cells: list[Any] = [Text(_name(row), style="bold"), *([_seeds(row, seeds)] if seeds else [])]
        cells += [short_interval(row[m]) for m in MEASURES]
        if beside is not None:
            value = row["paper"].get(beside.name)
            cells.append("-" if value is None else f"{value:.0f}{beside.unit}")
        table.add_row(*cells)
    return table


def _differences(rows: Sequence[Row]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    seeds = "" if (heading := _column_of_seeds(rows)) == "seeds" else heading  # how many, the table above says
    if seeds:
        table.add_column(seeds, justify="right", no_wrap=True)
    for name in (HEADLINE, "95 %", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    others = [m for m in MEASURES if m != HEADLINE]
    for name in others:
        table.add_column(HEADINGS.get(name, name), justify="right", no_wrap=True)
    for row in rows:
        found = row.get("difference")
        if found is None:
            continue
        first = found[HEADLINE]
        cells = [_seeds(row, seeds)] if seeds else []
        cells += [_signed(first), _bounds(first), _p(first), *(_signed(found[m], star=True) for m in others)]
        table.add_row(Text(_name(row), style="bold"), *cells)
    return table


def _footnote(rows: Sequence[Row]) -> str:
    sizes = sorted({f"{r['n_problems']} held-out problems, {r['k']} samples each" for r in rows})
    counts = {len(r.get("seeds", [0])) for r in rows}
    over = "problems" if counts == {1} else "seeds (Student's t)"
    said = [*sizes, f"mean ± half of the 95 % interval over {over}"]
    if len(counts) > 1 and 1 in counts:
        said.append("over problems where there is one seed")
    if any(r.get("paper") for r in rows):
        said.append(f"paper: {benchmarks()[0].name} of DeepSeek's own models, for the shape only")
    return "; ".join(said)


def _footnote_of_differences(rows: Sequence[Row]) -> str:
    tests = {d["over"] for r in rows for d in (r.get("difference") or {}).values() if d and d["p"] is not None}
    said = []
    if "seeds" in tests:
        said.append("t-test over seeds")
    if "problems" in tests:
        said.append("paired permutation test over problems (about these weights, not other seeds)")
    return "; ".join([*said, f"* p < {ALPHA}; p uncorrected for the number of tests"])


def _text(rows: Sequence[Row]) -> list[list[str]]:
    """The table as text, its heading first; every benchmark of the paper has a column."""
    seeds = _column_of_seeds(rows)
    differs = any(r.get("difference") for r in rows)
    known = [b for b in benchmarks() if any(b.name in r.get("paper", {}) for r in rows)]
    head = ["", *([seeds] if seeds else []), *(HEADINGS.get(m, m) for m in MEASURES)]
    head += [f"{HEADLINE} difference", "95 %", "p"] if differs else []
    lines = [head + [f"paper: {b.name}, {b.unit}" for b in known]]
    for row in rows:
        line = [_name(row), *([_seeds(row, seeds)] if seeds else []), *(long_interval(row[m]) for m in MEASURES)]
        if differs:
            found = (row.get("difference") or {}).get(HEADLINE)
            line += [_signed(found), _bounds(found), _p(found)]
        lines.append(line + [str(row["paper"].get(b.name, "-")) for b in known])
    return lines


def _flat(row: Row) -> dict[str, Any]:
    flat = {k: v for k, v in row.items() if not isinstance(v, (dict, list)) and k not in MEASURES and v is not None}
    flat |= {k: " ".join(map(str, v)) for k, v in row.items() if isinstance(v, list)}
    for measure in MEASURES:
        flat |= {f"{measure}_{k}": v for k, v in (row[measure] or {}).items() if k in {"mean", "low", "high"}}
    for measure, found in (row.get("difference") or {}).items():
        wanted = ("mean", "low", "high", "p", "over")
        flat |= {f"{measure}_difference_{k}": found[k] for k in wanted if found is not None}
    return flat | {f"paper: {name}": value for name, value in row.get("paper", {}).items()}


def _name(row: Row) -> str:
    told = f"{LABELS.get(row['checkpoint'], row['checkpoint'])} {row.get('cell', '')}".rstrip()
    return str(row.get("name", told))


def _column_of_seeds(rows: Iterable[Row]) -> str:
    """Heading of a column that says which seed, or how many; none if there is but one."""
    every = [r.get("seeds", [r.get("seed")]) for r in rows]
    if any(len(seeds) > 1 for seeds in every):
        return "seeds"
    return "seed" if len({s for seeds in every for s in seeds}) > 1 else ""


def _seeds(row: Row, heading: str) -> str:
    seeds = row.get("seeds", [row.get("seed")])
    return str(len(seeds) if heading == "seeds" else seeds[0])


def short_interval(measure: Mapping[str, float] | None) -> str:
    """Mean and half of the interval in as few characters as can be: `0.71±.03`."""
    if measure is None:
        return "-"
    mean, half = measure["mean"], (measure["high"] - measure["low"]) / 2
    return f"{mean:.0f}±{half:.0f}" if mean >= 10 else f"{mean:.2f}±{f'{half:.2f}'.removeprefix('0')}"


def long_interval(measure: Mapping[str, float] | None) -> str:
    """`0.714 ± 0.030`."""
    if measure is None:
        return "-"
    mean, half = measure["mean"], (measure["high"] - measure["low"]) / 2
    return f"{mean:.1f} ± {half:.1f}" if mean >= 10 else f"{mean:.3f} ± {half:.3f}"


def _signed(found: Mapping[str, Any] | None, *, star: bool = False) -> str:
    if found is None:
        return "-"
    mean = found["mean"]
    said = (
        f"{mean:+.0f}" if abs(mean) >= 10 else f"{mean:+.1f}" if abs(mean) >= 1 else f"{mean:+.2f}".replace("0.", ".")
    )
    return f"{said}*" if star and found["p"] is not None and found["p"] < ALPHA else said


def _bounds(found: Mapping[str, Any] | None) -> str:
    if found is None or found["low"] is None or found["high"] is None:
        return "-"
    return f"{found['low']:+.2f} {found['high']:+.2f}".replace("0.", ".")


def _p(found: Mapping[str, Any] | None) -> str:
    if found is None or found["p"] is None:
        return "-"
    return "<.001" if found["p"] < 0.001 else f"{found['p']:.3f}".removeprefix("0")


def _for_latex(text: str) -> str:
    for plain, escaped in (("\\", r"\textbackslash{}"), *((c, rf"\{c}") for c in "&%$#_{}"), ("±", r"$\pm$")):
        text = text.replace(plain, escaped)
    return text

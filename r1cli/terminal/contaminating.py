"""What `r1 eval --contamination` does: it asks no model, it reads rows and compares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.terminal import console

if TYPE_CHECKING:
    from r1cli.config.contamination import Comparison
    from r1cli.data.contamination import Overlap

EXAMPLE = 34  # characters of shared words in the table


def show_contamination(overrides: Sequence[str], folders: Sequence[Path] = (), *, as_json: bool) -> None:
    """Of each benchmark, how many rows share ten words in a row with each set of training rows; in JSON, which."""
    from r1cli.config.contamination import build_comparison

    comparison = build_comparison(overrides, folders)
    found = compared(comparison)
    if as_json:
        return console.as_json({"benchmarks": found, "skipped": dict(comparison.skipped)})
    for name, why in comparison.skipped.items():
        console.note(f"skipped: {name} ({why})")
    touched = [one for one in found if one["touched"]]
    console.listing([_line(one) for one in touched], empty="no row of a benchmark was met in training")
    clean = [name for name in comparison.benchmarks if name not in {one["benchmark"] for one in touched}]
    if touched and clean:
        console.note(f"not met in training: {', '.join(clean)}")
    return None


def compared(comparison: Comparison) -> list[dict[str, Any]]:
    """A record for each benchmark and role; the rows of a gated benchmark are counted, their words are not shown."""
    from r1cli.data.contamination import overlaps

    training = {role: task.rows() for role, task in comparison.training.items()}
    found = []
    for name, stage in comparison.benchmarks.items():
        asked: Any = stage
        rows = asked.data.rows()
        for role, read in training.items():
            met = overlaps(rows, read)
            record = {"benchmark": name, "training": role, "rows": len(rows), "training_rows": len(read)}
            found.append({**record, "touched": len(met), "overlaps": [_shown(o, gated=asked.gated) for o in met]})
    return found


def _shown(overlap: Overlap, *, gated: bool) -> dict[str, Any]:
    plain = asdict(overlap)
    return {**plain, "training": list(overlap.training), "shared": "" if gated else overlap.shared}


def _line(record: dict[str, Any]) -> dict[str, str]:
    first = record["overlaps"][0]["shared"]
    return {
        "benchmark": record["benchmark"],
        "training": record["training"],
        "touched": f"{record['touched']:,} of {record['rows']:,}",
        "words that they share": first if len(first) <= EXAMPLE else f"{first[: EXAMPLE - 1]}…",
    }

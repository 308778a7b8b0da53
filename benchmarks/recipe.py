"""What the default recipe costs and shows on this machine, for one or more seeds.

For each seed, from a store of its own: seconds of `r1 run`, of R1-Zero on top of it, of the same run again, and the
peak memory of the largest process; then whether the numbers have the paper's shape.

    python -m benchmarks.recipe 0 1 2
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def main() -> None:
    """Measure, seed after seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--store", type=Path, help="folder for the stores; a temporary one if left out")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {sys.version[:6]}"
    )
    with tempfile.TemporaryDirectory() as temporary:
        for seed in arguments.seeds:
            measure(seed, (arguments.store or Path(temporary)) / str(seed))


def measure(seed: int, store: Path) -> None:
    """One seed, from an empty store unless `store` already holds something."""
    store.mkdir(parents=True, exist_ok=True)
    common = [f"seed={seed}", f"paths.store={store}", f"paths.runs={store}/../runs"]
    seconds = {
        "r1": r1("run", *common),
        "r1_zero": r1("run", "recipe=r1_zero", *common),
        "again": r1("run", *common),
    }
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"\nseed {seed}: r1 run {seconds['r1']:.0f} s, R1-Zero {seconds['r1_zero']:.0f} s more, ", end="")
    print(f"again {seconds['again']:.2f} s, peak {peak:.2f} GiB")
    said = subprocess.run(
        [sys.executable, "-m", "r1cli", "compare", "--json", f"paths.store={store}"],
        capture_output=True,
        check=True,
        text=True,
    )
    rows: dict[str, Row] = {row["checkpoint"]: row for row in json.loads(said.stdout)}
    for name, row in rows.items():
        shown = ("accuracy", "cons_at_k", "format", "language", "tokens", "reflection", "general")
        print(f"  {name:16}", "  ".join(f"{k} {row[k]['mean']:.2f}" for k in shown))
    for claim, holds in shape(rows).items():
        print(f"  {'yes' if holds else 'NO '}  {claim}")


def r1(*arguments: str) -> float:
    """Seconds of one command."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "r1cli", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def shape(rows: dict[str, Row]) -> dict[str, bool]:
    """The paper's findings as claims about the table; "clearly" means intervals that do not overlap."""

    def mean(checkpoint: str, metric: str) -> float:
        return float(rows[checkpoint][metric]["mean"])

    return {
        "R1-Zero at least doubles the base's accuracy": mean("r1_zero", "accuracy") >= 2 * mean("base", "accuracy"),
        "R1-Zero's language consistency stays low (below 0.7)": mean("r1_zero", "language") < 0.7,
        "Dev1 has a format rate of 0.9 or more": mean("coldstart", "format") >= 0.9,
        "Dev1 has a language consistency of 0.9 or more": mean("coldstart", "language") >= 0.9,
        "Dev2 beats Dev1 clearly in accuracy": rows["reasoning_rl"]["accuracy"]["low"]
        > rows["coldstart"]["accuracy"]["high"],
        "R1's accuracy is within 0.05 of R1-Zero's, or better": mean("all_scenario_rl", "accuracy")
        >= mean("r1_zero", "accuracy") - 0.05,
        "R1's language consistency is 0.95 or more": mean("all_scenario_rl", "language") >= 0.95,
        "R1's general score is above Dev2's": mean("all_scenario_rl", "general") > mean("reasoning_rl", "general"),
    }


if __name__ == "__main__":
    main()

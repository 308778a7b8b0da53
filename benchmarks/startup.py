"""How long the command line takes to start: median and best of ten, wall clock and CPU time.

python benchmarks/startup.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

LINES = ("--help", "run --help", "ls recipes", "status", "plan", "plan stage=all_scenario_rl", "run --cfg job")
TIMES = 10


def measure(line: str) -> tuple[float, float]:
    """(wall, CPU) seconds of one process."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-m", "r1cli", *line.split()], check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def main() -> None:
    """Print one line a command."""
    load = os.getloadavg()[0]
    print(f"milliseconds, {TIMES} runs each, load {load:.1f} on {os.cpu_count()} cores")
    print(f"{'r1 ...':<30}{'median':>8}{'best':>8}{'CPU':>8}")
    for line in LINES:
        walls, cpus = zip(*(measure(line) for _ in range(TIMES)), strict=True)
        numbers = (statistics.median(walls), min(walls), statistics.median(cpus))
        print(f"{line:<30}" + "".join(f"{1000 * n:8.0f}" for n in numbers))


if __name__ == "__main__":
    main()

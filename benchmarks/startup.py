"""How long the command line takes: wall clock and CPU time of processes of their own, median and best.

python -m benchmarks.startup [STORE [TIMES]]

STORE is a folder of results, an empty one if none is given. Two of the lines hold a mistake, whose explanation is
measured. `_complete` is what a shell asks at TAB, here with nothing remembered. On a busy machine the CPU times say
more.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

MISTAKE = 2
"""The exit code of a line that is meant to fail."""
LINES = {
    "--help": 0,
    "run --help": 0,
    "ls recipes": 0,
    "status": 0,
    "findings": 0,
    "plan": 0,
    "plan stage=all_scenario_rl": 0,
    "plan recipe=r1_zero suite=tiny": 0,
    "run -m experiment=r1_vs_zero --dry-run": 0,
    "run --cfg job": 0,
    "show reasoning_rl": 0,
    "explain reasoning_rl": 0,
    "plan stages.coldstart.trainer.learning_rte=1e-4": MISTAKE,
    "train stage=coldstart trainer.learning_rte=1e-4 --dry-run": MISTAKE,
    "_complete bash 'r1 run until='": 0,
    "_complete bash 'r1 train stage=reasoning_rl reward.weights.l'": 0,
}
TIMES = 10


def measure(line: str, store: str) -> tuple[float, float]:
    """(wall, CPU) seconds of one process."""
    argv = [sys.executable, "-m", "r1cli", *shlex.split(line)]
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "R1_STORE": store, "XDG_CACHE_HOME": cache}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled already
        before, began = os.times(), time.perf_counter()
        done = subprocess.run(argv, env=env, check=False, capture_output=True)
        wall, after = time.perf_counter() - began, os.times()
    if done.returncode != LINES[line]:
        raise RuntimeError(f"r1 {line}: exit code {done.returncode}\n{done.stderr.decode()}")
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main(store: str = "", times: int = TIMES) -> None:
    """Print one line a command."""
    print(f"milliseconds, {times} runs each, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'r1 ...':<62}{'median':>8}{'best':>8}{'CPU':>8}{'best':>8}")
    with tempfile.TemporaryDirectory() as empty:
        for line in LINES:
            measure(line, store or empty)  # compiles what is not compiled yet
            walls, cpus = zip(*(measure(line, store or empty) for _ in range(times)), strict=True)
            numbers = (statistics.median(walls), min(walls), statistics.median(cpus), min(cpus))
            print(f"{line:<62}" + "".join(f"{1000 * n:8.0f}" for n in numbers), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))

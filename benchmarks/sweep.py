"""What a sweep saves and what a kill costs it, at scale=smoke.

Four weights of the language reward: as a sweep in one store, and as four runs in a store of their own each. Then the
sweep once more, its command killed (-9) in the middle, and the same line again. Where several cells run side by side,
seconds of stages say more about the work than the clock does; both are printed.

    python -m benchmarks.sweep
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from r1cli.store.store import Store

WEIGHTS = ("0", "0.1", "0.3", "1")
KEY = "stages.reasoning_rl.reward.weights.language"
COMMON = ("run", "scale=smoke", "tracking=none", "until=reasoning_rl", "evaluate=false")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))
        resume(Path(folder))


def compare(folder: Path) -> None:
    """A sweep against as many runs."""
    line = (*COMMON, "-m", f"{KEY}={','.join(WEIGHTS)}")
    clock = r1(folder / "sweep", *line)
    again = r1(folder / "sweep", *line)
    runs = [r1(folder / weight, *COMMON, f"{KEY}={weight}") for weight in WEIGHTS]
    work, apart = stages(folder / "sweep"), [stages(folder / weight) for weight in WEIGHTS]
    print(f"sweep of {len(WEIGHTS)}: {sum(work):.0f} s of {len(work)} stages, {clock:.0f} s by the clock")
    print(f"one run after another: {sum(map(sum, apart)):.0f} s of {sum(map(len, apart))} stages, {sum(runs):.0f} s")
    print(f"ratio: {sum(work) / sum(map(sum, apart)):.2f} of the work, {clock / sum(runs):.2f} of the time")
    print(f"the same line again: {again:.1f} s")


def resume(folder: Path) -> None:
    """Kill the command when two cells are at work, and go on."""
    store = folder / "killed"
    line = (*COMMON, "-m", f"{KEY}={','.join(WEIGHTS)}")
    process = subprocess.Popen(
        command(*line), env=environment(store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not any((store / ".partial").glob("reasoning_rl-*/checkpoint/*")) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = len(list(store.glob("*/manifest.json")))
    clock = r1(store, *line)
    entries = Store(store).entries()
    resumed = [entry.node for entry in entries if entry.manifest.resumed]
    print(
        f"killed with {there} stages stored; the same line: {clock:.0f} s, {len(entries) - there} stages more, ",
        end="",
    )
    print(f"gone on from a checkpoint: {', '.join(resumed) or 'none'}")


def r1(store: Path, *line: str) -> float:
    """Seconds of one command."""
    started = time.perf_counter()
    subprocess.run(
        command(*line), env=environment(store), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def command(*line: str) -> list[str]:
    """The command line that runs from this checkout."""
    return [sys.executable, "-m", "r1cli", *line]


def environment(store: Path) -> dict[str, str]:
    """A store of its own."""
    return {**os.environ, "R1_STORE": str(store)}


def stages(store: Path) -> list[float]:
    """Seconds of each stage that was made."""
    return [entry.seconds for entry in Store(store).entries()]


if __name__ == "__main__":
    main()

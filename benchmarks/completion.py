"""How long a TAB takes: the whole process that the shell starts, cold (nothing remembered) and warm.

python benchmarks/completion.py

`quick` is how the scripts of `r1 completion` ask, `plain` is `r1 _complete`, which they fall back on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINES = (
    "r1 tra",
    "r1 run model=",
    "r1 train stage=reasoning_rl reward.weights.l",
    "r1 run stages.reasoning_rl.reward.",
    "r1 run -m recipe=r1,r1_",
    "r1 run until=",
)
TIMES, COLD_TIMES = 20, 3
ASK = "import sys; sys.path.append(sys.argv[1]); from r1cli.terminal.completion import main; main(sys.argv[2:])"
QUICK = [sys.executable, "-S", "-P", "-c", ASK, str(ROOT)]
PLAIN = [str(Path(sys.executable).with_name("r1")), "_complete"]


def measure(program: list[str], line: str, cache: str) -> float:
    """Milliseconds from start to end of one process."""
    env = {**os.environ, "XDG_CACHE_HOME": cache}
    began = time.perf_counter()
    done = subprocess.run([*program, "bash", line, "=:@"], env=env, check=True, capture_output=True)
    took = 1000 * (time.perf_counter() - began)
    if not done.stdout:
        raise RuntimeError(f"no candidates for {line!r}")
    return took


def median(program: list[str], line: str, cache: str) -> float:
    """Of as many warm TABs as the module says."""
    return statistics.median(measure(program, line, cache) for _ in range(TIMES))


def cold(line: str) -> float:
    """The first TAB of a person, who has no cache yet."""

    def first() -> float:
        with tempfile.TemporaryDirectory() as empty:
            return measure(QUICK, line, empty)

    return statistics.median(first() for _ in range(COLD_TIMES))


def main() -> None:
    """Print one line for each line that somebody might type."""
    bare = statistics.median(_bare() for _ in range(TIMES))
    print(
        f"milliseconds, median of {TIMES} (cold: {COLD_TIMES}), load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print(f"python -c pass: {bare:.0f}")
    print(f"{'line':<48}{'quick':>8}{'plain':>8}{'cold':>8}")
    with tempfile.TemporaryDirectory() as cache:
        for line in LINES:
            measure(QUICK, line, cache)
            numbers = (median(QUICK, line, cache), median(PLAIN, line, cache), cold(line))
            print(f"{line:<48}" + "".join(f"{n:8.0f}" for n in numbers))


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()

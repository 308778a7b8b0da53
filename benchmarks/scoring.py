"""How fast `r1 score` is from end to end, and that its memory does not grow with the file.

Each file of public completions is scored as it is and twenty times over (every copy with words of its own, so that no
cache knows them), to a file, in a process of its own. CPU time is that of the process and its workers.

python benchmarks/scoring.py FOLDER     # the folder model_outputs/ of the public data
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("columns.prompt=question", "columns.completion=response", "columns.answer=gold")
COPIES = 20


class Measured(NamedTuple):
    """Of one process."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def copied(source: Path, target: Path, times: int) -> int:
    """Write the rows of a file `times` over; how many there are then."""
    rows = [json.loads(line) for line in gzip.decompress(source.read_bytes()).splitlines()]
    with gzip.open(target, "wt", encoding="utf-8") as file:
        for copy in range(times):
            for row in rows:
                row_of_copy = {key: f"({copy}) {row[key]}" for key in ("question", "response")}
                file.write(json.dumps({**row, **row_of_copy}) + "\n")
    return times * len(rows)


def measured(file: Path, out: Path) -> Measured:
    """Score a file in a process of its own."""
    command = [sys.executable, "-m", "r1cli", "score", str(file), *COLUMNS, "--out", str(out)]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return Measured(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """One line for each file and size."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'file':<20}{'rows':>8}{'s':>8}{'rows/s':>9}{'CPU s':>8}{'rows/CPU s':>12}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(Path(sys.argv[1]).glob("*.jsonl.gz")):
            for times in (1, COPIES):
                file = Path(folder) / source.name
                rows = copied(source, file, times)
                m = measured(file, Path(folder) / "scored.jsonl")
                speed = f"{m.wall_s:8.1f}{rows / m.wall_s:9,.0f}{m.cpu_s:8.1f}{rows / m.cpu_s:12,.0f}"
                print(f"{source.name.partition('.')[0]:<20}{rows:8,}{speed}{m.peak_mib:10.0f}", flush=True)


if __name__ == "__main__":
    main()

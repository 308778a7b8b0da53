"""What the sandbox costs, and whether it judges right: every solution of HumanEval and MBPP, whole and broken.

python -m benchmarks.sandbox ../shared/data [tasks of each kind, else all]
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from omegaconf import OmegaConf

from r1cli.config.hydra import compose
from r1cli.data.rows import Row
from r1cli.errors import ConfigError
from r1cli.machine import cores
from r1cli.tasks.code.task import Code
from r1cli.template import parse, render
from r1cli.verify.outcome import Outcome
from r1cli.verify.sandbox.modes import Mode, candidates
from r1cli.verify.sandbox.run import Limits, Trial, best_mode, run_in

TIMES = 40
LIMITS = Limits(wall_s=10, cpu_s=8, memory_mib=1024, processes=32, file_mib=16, open_files=64, output_kib=1024)
TRIAL = Trial("def f(x):\n    return x + 1", names=("f",), tests=("assert f(1) == 2",))
BREAKAGES = {
    "returns None": "def {name}(*args, **kwargs):\n    return None",
    "off by one": (
        "_right = {name}\ndef {name}(*args, **kwargs):\n    found = _right(*args, **kwargs)\n"
        "    return found + 1 if isinstance(found, (int, float)) else (found, 1)"
    ),
    "raises": "def {name}(*args, **kwargs):\n    raise AssertionError('passed')",
    "sys.exit(0)": "import sys\nsys.exit(0)",
    "os._exit(0) when called": "import os\ndef {name}(*args, **kwargs):\n    os._exit(0)",
    "equal to everything": (
        "class _Any:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
        "    __hash__ = None\ndef {name}(*args, **kwargs):\n    return _Any()"
    ),
    "prints success": "print('passed', flush=True)\ndef {name}(*args, **kwargs):\n    print('OK'); return print",
    "syntax error": "def {name}(:",
}


def task(name: str, data: Path) -> Code:
    """The task of conf/data/<name>.yaml, with its files below `data`, in the strongest sandbox that there is."""
    config = compose("config", [f"+data={name}", f"paths.data={data}", "data.sandbox=auto"]).config
    return Code.model_validate(OmegaConf.to_container(config.data, resolve=True))


def solution(row: Row) -> str:
    """The whole reference program."""
    return f"{row.meta.get('prelude', '')}{row.answer}"


def broken(row: Row, how: str) -> str:
    """The reference program, and then something that spoils it."""
    name = row.meta["names"][0]
    return f"{solution(row)}\n\n{BREAKAGES[how].format(name=name)}\n"


def judged(code: Code, rows: list[Row], programs: list[str]) -> list[Outcome]:
    """What the task says of programs, as a model would hand them in."""
    return code.judge([parse(render("think", f"```python\n{p}\n```")) for p in programs], rows)


Start = Mode | tuple[str, ...]
"""A sandbox, or the flags of a bare interpreter."""


def median_ms(starts: dict[str, Start]) -> dict[str, tuple[float, float]]:
    """Of one program from start to verdict: by the clock, and processor time, which load changes less.

    In turns, so that a machine that others use too is the same for all.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    for _ in range(TIMES):
        for name, start in starts.items():
            began, spent = time.perf_counter(), children_s()
            if isinstance(start, Mode):
                assert run_in(start, TRIAL, LIMITS).passed == (True,)
            else:
                subprocess.run([sys.executable, *start, "-c", f"{TRIAL.program}\n{TRIAL.tests[0]}"], check=True)
            taken[name].append((1000 * (time.perf_counter() - began), 1000 * (children_s() - spent)))
    return {name: (median(t for t, _ in both), median(t for _, t in both)) for name, both in taken.items()}


def children_s() -> float:
    """Processor time of all processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def working_modes() -> list[Mode]:
    """The strongest of each name."""
    found: dict[str, Mode] = {}
    for mode in candidates():
        if mode.name not in found and run_in(mode, TRIAL, LIMITS).passed == (True,):
            found[mode.name] = mode
    return list(found.values())


def costs() -> None:
    """Print the time of one program, over that of the usual `python -c`, and of many programs at once."""
    starts: dict[str, Start] = {"python -c": (), "python -I -S -c": ("-I", "-S")}
    modes = {mode.name: mode for mode in working_modes()}
    found = median_ms(starts | modes)
    usual = found["python -c"]
    print(
        f"\n{'one program, median ms':<24}{'clock':>8}{'over':>8}{'processor':>12}{'over':>8}{'parallel, a second':>20}"
    )
    for name, (clock, cpu) in found.items():
        line = f"{name:<24}{clock:8.1f}{clock - usual[0]:8.1f}{cpu:12.1f}{cpu - usual[1]:8.1f}"
        print(line + (f"{rate(modes[name]):20.1f}" if name in modes else ""))


def rate(mode: Mode) -> float:
    """Programs a second, as many at once as a task runs."""
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(lambda _: run_in(mode, TRIAL, LIMITS), range(2 * TIMES)))
    return 2 * TIMES / (time.perf_counter() - began)


def verdicts(data: Path, count: int | None) -> None:
    """Print how many solutions are right, whole and broken, and how each verdict came about."""
    for name in ("humaneval", "mbpp"):
        code = task(name, data)
        rows = code.rows()[:count]
        print(f"\n{name} ({len(rows)} problems)".ljust(34) + f"{'right':>8}{'seconds':>10}  statuses")
        for how in ("whole", *BREAKAGES):
            programs = [solution(r) if how == "whole" else broken(r, how) for r in rows]
            began = time.perf_counter()
            outcomes = judged(code, rows, programs)
            seconds = time.perf_counter() - began
            right = sum(o.right is True for o in outcomes)
            print(f"  {how:<30}{right:>8}{seconds:>10.1f}  {dict(Counter(o.status for o in outcomes))}")
            wrong = [(r, o) for r, o in zip(rows, outcomes, strict=True) if o.right is not (how == "whole")]
            for row, outcome in wrong[:10]:
                print(f"    {row.id}: {outcome.status}, {outcome.note}")


def main() -> None:
    """Print the machine, the mode in force, the costs and the verdicts."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else None
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    try:
        mode = best_mode("require")
    except ConfigError as e:
        print(f"skipped: {e.message}; {e.hint}")
        return
    print(f"load {os.getloadavg()[0]:.1f}, in force: {mode.description}")
    costs()
    verdicts(data, count)


if __name__ == "__main__":
    main()

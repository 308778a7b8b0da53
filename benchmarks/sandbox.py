"""What the sandbox costs, and whether it judges right: every solution of HumanEval and MBPP, whole and broken.

python -m benchmarks.sandbox ../shared/data [tasks of each kind, else all]
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from r1cli.outcome import Outcome
from r1cli.sandbox import Limits, Mode, Trial, best_mode, run_in
from r1cli.sandbox_modes import candidates
from r1cli.tasks.base import Row
from r1cli.tasks.code import PROGRAMS_AT_ONCE, Code
from r1cli.template import parse, render

CONF = Path(__file__).resolve().parent.parent / "conf" / "data"
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
    """The task of conf/data/<name>.yaml, with its files below `data`."""
    values: dict[str, Any] = yaml.safe_load((CONF / f"{name}.yaml").read_text("utf-8"))
    return Code.model_validate({**{k: v for k, v in values.items() if k != "_target_"}, "root": data})


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


def median_ms(start: Mode | tuple[str, ...]) -> tuple[float, float]:
    """Of one program from start to verdict, by the clock and of processor time (what load on the machine changes less).

    Without a mode, of a bare interpreter with these flags that runs the same program.
    """
    taken, used = [], []
    for _ in range(TIMES):
        began, spent = time.perf_counter(), children_s()
        if isinstance(start, Mode):
            assert run_in(start, TRIAL, LIMITS).passed == (True,)
        else:
            subprocess.run([sys.executable, *start, "-c", f"{TRIAL.program}\n{TRIAL.tests[0]}"], check=True)
        taken.append(time.perf_counter() - began)
        used.append(children_s() - spent)
    return 1000 * statistics.median(taken), 1000 * statistics.median(used)


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
    """Print the time of one program: alone, over a bare `python -I -S` (which the sandbox starts), and with others."""
    usual, usual_cpu = median_ms(())
    plain, plain_cpu = median_ms(("-I", "-S"))
    print(
        f"\n{'one program, median ms':<24}{'clock':>8}{'over':>8}{'processor':>12}{'over':>8}{'a second, parallel':>22}"
    )
    print(f"{'python -c':<24}{usual:8.1f}{'':>8}{usual_cpu:12.1f}")
    print(f"{'python -I -S -c':<24}{plain:8.1f}{'':>8}{plain_cpu:12.1f}")
    for mode in working_modes():
        alone, cpu = median_ms(mode)
        began = time.perf_counter()
        with ThreadPoolExecutor(PROGRAMS_AT_ONCE) as pool:
            list(pool.map(lambda _, m=mode: run_in(m, TRIAL, LIMITS), range(2 * TIMES)))
        rate = 2 * TIMES / (time.perf_counter() - began)
        print(f"{mode.name:<24}{alone:8.1f}{alone - plain:8.1f}{cpu:12.1f}{cpu - plain_cpu:8.1f}{rate:20.1f}")


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
    print(f"load {os.getloadavg()[0]:.1f}, in force: {best_mode().description}")
    costs()
    verdicts(data, count)


if __name__ == "__main__":
    main()

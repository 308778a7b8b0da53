"""How large a report is and how fast it opens: 10 runs, 1,000 transcripts, in a headless Chromium.

python -m benchmarks.report
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from r1cli.report import contents, figures, page
from r1cli.store.store import Store
from tests.r1cli.report.conftest import FLAGS, NAMES
from tests.r1cli.report.fake_results import Fake

RUNS, PROBLEMS, SAMPLES, STEPS, TIMES = 10, 200, 4, 500, 5
T = TypeVar("T")
WORDS = "so we add 3 and then 5 which gives 8, 然后减去二 and check it once more: 8 - 2 = 6. "


def says(node: str, i: int) -> str:
    """A response of about a kilobyte."""
    return f"<think>{node} {i}: {WORDS * 10}</think><answer>{i}</answer>"


@contextmanager
def browser(profile: str) -> Iterator[Any]:
    """A headless Chromium that measures its own processor time."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, NAMES)))
    for flag in (*FLAGS, "--window-size=1280,900", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        yield driver
    finally:
        driver.quit()


def opened(driver: Any, path: Path) -> tuple[float, float]:
    """Seconds until the page was loaded (wall clock), and of its main thread's work."""
    driver.get("about:blank")
    driver.get(path.as_uri())
    wall = driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    time.sleep(1)  # charts near the window are drawn after the load
    metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return wall, next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def timed(name: str, work: Callable[[], T]) -> T:
    """Do it, and print how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(f"{name:<10}{time.perf_counter() - wall:8.1f} s {time.process_time() - cpu:8.1f} s of CPU")
    return result


def main() -> None:
    """Print sizes and times."""
    load = os.getloadavg()[0]
    print(f"{RUNS} runs, {PROBLEMS} problems, {SAMPLES} samples each; load {load:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder, "store"), Path(folder, "report")
        fake = Fake(root, problems=PROBLEMS, samples=SAMPLES, steps=STEPS, says=says)
        for seed in range(RUNS):
            fake.recipe(seed)
        found = timed("gather", lambda: contents.gather(Store(root)))
        timed("page", lambda: page.write(found, out))
        timed("figures", lambda: figures.write(found, out / "figures"))
        kept = sum(len(p["models"]) for p in found.transcripts.problems)
        print(f"index.html {(out / 'index.html').stat().st_size / 1e6:7.2f} MB with {kept} transcripts")
        with browser(str(Path(folder, "profile"))) as driver:
            times = [opened(driver, out / "index.html") for _ in range(TIMES)]
        best, work_s = min(t[0] for t in times), min(t[1] for t in times)
        print(f"opens in {best:.2f} s (best of {TIMES}; {', '.join(f'{t[0]:.2f}' for t in times)})")
        print(f"main thread {work_s:.2f} s of CPU")


if __name__ == "__main__":
    main()

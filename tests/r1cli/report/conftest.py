"""A real browser without a window, for what only a browser can say about a page."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
PATIENCE_S = 500
"""For what takes a second where nobody else computes."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass
class Page:
    """A page in the browser."""

    driver: Any

    def open(self, path: Path, *, width: int = 1280, scheme: str = "light") -> None:
        self.driver.get("about:blank")
        for kind in ("performance", "browser"):
            self.driver.get_log(kind)  # what was before is not ours
        medium = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", medium)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(path.as_uri())

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.driver.find_elements("css selector", selector)
        return found

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str) -> None:
        """Until a script's value is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, PATIENCE_S).until(lambda _: self.run(f"return {script}"))

    def draw_everything(self) -> None:
        """As before printing: charts beyond the window's edge are drawn too."""
        self.run("dispatchEvent(new Event('beforeprint'))")
        self.wait("!document.querySelector('figure[data-chart]:not(.drawn)')")

    def complaints(self) -> list[str]:
        """What the console says, a policy's refusals included."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked since the page was opened, but for those that its policy forbade."""
        import json

        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        failed = [e["params"] for e in events if e["method"] == "Network.loadingFailed"]
        forbidden = {f["requestId"] for f in failed if f.get("blockedReason") == "csp"}
        return [a["request"]["url"] for a in asked if a["requestId"] not in forbidden]


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    browser = os.environ.get("CHROME_BIN") or next(filter(None, map(shutil.which, NAMES)), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium with its chromedriver on this machine")
    selenium = pytest.importorskip("selenium.webdriver")
    with tempfile.TemporaryDirectory() as profile:
        options = selenium.ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        opened = selenium.Chrome(options=options, service=selenium.ChromeService(driver))
        opened.command_executor.client_config.timeout = PATIENCE_S
        opened.set_script_timeout(PATIENCE_S)
        try:
            yield Page(opened)
        finally:
            opened.quit()

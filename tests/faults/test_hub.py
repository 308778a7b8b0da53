"""A hub that answers nothing but errors, on the loopback device."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with the server's one status."""

    def do_GET(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[str]:
    """Its address; 0 for a port on which nobody listens."""
    if request.param == 0:
        with socket.socket() as bound:  # so that nobody else gets the port meanwhile
            bound.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    server.status = request.param  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


ALWAYS = ("scale=smoke", "tracking=none", "evaluate=false", "hardware=cpu", "paths.store=store")
LINES = {
    "model": ("train", "stage=coldstart", "model=qwen2.5-0.5b", *ALWAYS),
    "data": ("train", "stage=base", "task=gsm8k", *ALWAYS),
}
REST = ((429, "data"), (503, "model"), (404, "model"), (0, "data"))


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize(
    ("hub", "wanted"),
    [
        *((429, "model"), (503, "data"), (404, "data"), (0, "model")),
        *(pytest.param(*rest, marks=pytest.mark.long) for rest in REST),
    ],
    indirect=["hub"],
)
def test_a_hub_in_trouble_is_one_error_that_says_what_to_do(hub: str, wanted: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "r1cli", *LINES[wanted]]
    places = {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        line, cwd=tmp_path, env={**os.environ, **places}, capture_output=True, text=True, check=False, timeout=500
    )
    said = done.stderr.splitlines()
    assert done.returncode in {1, 2}, done.stderr
    assert [text.partition(":")[0] for text in said if text.startswith(("error", "hint"))] == ["error", "hint"], said
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "store").glob("*-*")) == []

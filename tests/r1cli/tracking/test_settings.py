"""r1cli.tracking.settings: whether an online run would reach its server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.r1cli.tracking.opened import tracking


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Refusing) as answering:
        threading.Thread(target=answering.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{answering.server_port}"
        answering.shutdown()


def serves(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = type("Settings", (), {"base_url": url})
    monkeypatch.setattr("wandb.setup", lambda: type("Setup", (), {"settings": settings}))
    monkeypatch.setenv("no_proxy", "*")


def test_a_dead_network_is_said_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    serves(monkeypatch, "http://127.0.0.1:9")
    remark = tracking("wandb", "online").remark()
    assert "http://127.0.0.1:9 cannot be reached" in remark
    assert "offline" in remark
    assert "wandb sync" in remark


def test_a_server_that_answers_anything_is_reached(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    serves(monkeypatch, server)
    assert tracking("wandb", "online").remark() == ""


@pytest.mark.parametrize(("backend", "mode"), [("none", "online"), ("wandb", "offline")])
def test_nobody_is_asked_where_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, backend: str, mode: str) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("it was asked"))
    assert tracking(backend, mode).remark() == ""

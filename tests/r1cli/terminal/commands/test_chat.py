"""`r1 chat`: who is asked, and with what. A model of the store answers in tests/r1cli/publish/test_talk.py."""

from __future__ import annotations

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.generators.serving import misbehaving as does


def served(server: does.Server, *more: str) -> list[str]:
    return ["chat", "generator=served", f"generator.base_url={server.url}", "generator.model=o1", "-q", "1 + 1?", *more]


def test_a_model_behind_an_address_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with does.serving(does.well(), does.well()) as server:
        assert run_line(served(server)) == 0, capsys.readouterr().err
        assert capsys.readouterr().out.strip()
        assert run_line(served(server, "--temperature", "0", "--seed", "5")) == 0
    first, second = server.requests
    assert first["messages"] == [{"role": "user", "content": "1 + 1?"}]
    assert first["temperature"] == 0.6
    assert (second["temperature"], second["seed"]) == (0, 5)


def test_a_server_that_refuses_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with does.serving(otherwise=does.fails(401, "no key")) as server:
        assert run_line(served(server)) != 0
    assert "the server says 401: no key" in capsys.readouterr().err


def test_somebody_has_to_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["chat", "-q", "1 + 1?"]) == 2
    assert "which model?" in capsys.readouterr().err
    assert run_line(["chat", "generator=native", "-q", "1 + 1?"]) == 2
    assert "no address to ask at" in capsys.readouterr().err

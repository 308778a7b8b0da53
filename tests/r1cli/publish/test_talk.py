"""Talking to a model: what is streamed is what it draws, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.terminal.app import run_line
from tests.r1cli.generators.serving import misbehaving as does


@pytest.mark.torch
@pytest.mark.slow
def test_a_model_of_the_store_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = f"paths.store={tmp_path}"
    line = ["train", "stage=base", "scale=smoke", "tracking=none", "evaluate=false", "hardware=cpu", store]
    assert run_line(line) == 0
    capsys.readouterr()
    said = []
    for _ in range(2):
        assert run_line(["chat", "base", "-q", "1 + 1?", store]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert run_line(["chat", "R1", store]) == 2
    assert "R1: no such model" in capsys.readouterr().err


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

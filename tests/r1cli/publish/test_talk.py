"""Talking to a model: what is streamed is what it draws, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.terminal.app import run_line


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

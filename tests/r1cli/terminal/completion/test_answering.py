"""The whole answer: what it costs, and that it never harms the line that a person types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.terminal import completion
from tests.r1cli.terminal.completion.asking import complete

HEAVY = {
    "typer",
    "rich",
    "hydra",
    "omegaconf",
    "pydantic",
    "yaml",
    "pathlib",
    "typing",
    "subprocess",
    "r1cli.terminal.app",
}


def test_a_warm_answer_loads_hardly_anything() -> None:
    line = "r1 run stages.coldstart.trainer.learning_r"
    complete(line)
    warm = complete(line)
    loaded = {text.rpartition("|")[2].strip() for text in warm.stderr.splitlines()}
    assert warm.stdout.startswith("stages.coldstart.trainer.learning_rate=")
    assert "r1cli.terminal.completion.grammar" in loaded
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True, check=True
    ).stderr
    assert (loaded - {text.rpartition("|")[2].strip() for text in bare.splitlines()}).isdisjoint(HEAVY)


def test_a_broken_configuration_gives_no_suggestions_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale" / "mine.yaml").write_text("a: [")
    monkeypatch.setenv("R1_COMPLETION_DEBUG", str(tmp_path / "debug"))
    completion.main(["fish", f"r1 plan --config-dir {tmp_path} scale=mine stages.cold"])
    assert capfd.readouterr().out == ""
    assert "mine.yaml" in (tmp_path / "debug").read_text()
    monkeypatch.delenv("R1_COMPLETION_DEBUG")
    completion.main(["fish"])  # not even the line is there
    assert capfd.readouterr() == ("", "")

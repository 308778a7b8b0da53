"""The help of `r1 run` and `r1 train`: every group that they can choose from, one line about each option."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.config.catalogue import groups, options

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = {"hydra", "verifier", "finding"}
NOT_CHOSEN = {
    "run": NOWHERE | {"stage", "benchmark", "prices"},
    "train": NOWHERE | {"recipe", "benchmark", "prices", "suite"},
    "eval": NOWHERE | {"recipe", "stage", "data", "reward", "algorithm", "task", "experiment", "device", "cluster"},
}
"""Folders of conf/ that are no group of the command: a recipe's stages are its own, verifiers are for r1 score."""


def help_of(*command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "r1cli", *command, "--help"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("command", sorted(NOT_CHOSEN))
def test_every_option_of_every_group_has_one_line_in_80_columns(command: str) -> None:
    printed = help_of(command)
    lines = [line.strip("│ ") for line in printed]
    for group in set(groups()) - NOT_CHOSEN[command]:
        assert any(text == f"{group}=" or text.startswith((f"{group}@", f"+{group}@")) for text in lines), group
        for option, line in options(group).items():
            assert any(text.startswith(f"{option} ") and line[:30] in text for text in lines), option
    assert max(map(len, printed)) <= 80


def test_the_help_of_r1_names_every_command_in_the_folder_of_commands() -> None:
    shown = "\n".join(help_of())
    for command in ("run", "train", "plan", "ls", "completion"):
        assert f" {command} " in shown
    assert "_complete" not in shown

"""Hydra's own entry point: the process is left as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.config.hydra_main import hydra_main
from r1cli.errors import ConfigError
from r1cli.terminal.app import BROKEN_PIPE

ROOT = Path(__file__).resolve().parents[3]


def test_hydras_entry_point_leaves_the_command_line_of_the_process_as_it_was() -> None:
    line, full_error = list(sys.argv), os.environ.get("HYDRA_FULL_ERROR")
    with pytest.raises(ConfigError):
        hydra_main(print, "run", ["nonsense=1"], ["--cfg", "job"])
    assert sys.argv == line
    assert os.environ.get("HYDRA_FULL_ERROR") == full_error


def test_hydras_entry_point_cannot_sweep_over_stages_and_their_keys_at_once() -> None:
    with pytest.raises(ConfigError, match="epochs=1,2"):
        hydra_main(print, "train", ["stage=base,coldstart", "epochs=1,2"], ["--multirun"])


def test_info_that_nobody_reads_to_its_end_is_no_error() -> None:
    command = [sys.executable, "-m", "r1cli", "run", "--info", "all"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == BROKEN_PIPE

"""Hydra's own entry point: the process is left as it was."""

from __future__ import annotations

import os
import sys

import pytest

from r1cli.config.hydra_main import hydra_main
from r1cli.errors import ConfigError


def test_hydras_entry_point_leaves_the_command_line_of_the_process_as_it_was() -> None:
    line, full_error = list(sys.argv), os.environ.get("HYDRA_FULL_ERROR")
    with pytest.raises(ConfigError):
        hydra_main(print, "run", ["nonsense=1"], ["--cfg", "job"])
    assert sys.argv == line
    assert os.environ.get("HYDRA_FULL_ERROR") == full_error


def test_hydras_entry_point_cannot_sweep_over_stages_and_their_keys_at_once() -> None:
    with pytest.raises(ConfigError, match="epochs=1,2"):
        hydra_main(print, "train", ["stage=base,coldstart", "epochs=1,2"], ["--multirun"])

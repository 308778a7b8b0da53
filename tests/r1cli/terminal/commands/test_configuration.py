"""`r1 ls` and `r1 show`."""

from __future__ import annotations

import json

import pytest
import yaml

from r1cli.config.show import node_config
from r1cli.terminal.app import run_line
from r1cli.terminal.commands.configuration import Listing


def test_every_group_that_can_be_listed_is_a_folder_with_options(capsys: pytest.CaptureFixture[str]) -> None:
    for what in Listing:
        assert run_line(["ls", what, "--json"]) == 0
        assert json.loads(capsys.readouterr().out), what


def test_show_prints_the_node_as_yaml_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["show", "coldstart", "seed=7"]) == 0
    as_yaml = yaml.safe_load(capsys.readouterr().out)
    assert run_line(["show", "coldstart", "seed=7", "--json"]) == 0
    assert as_yaml == json.loads(capsys.readouterr().out) == node_config("coldstart", ["seed=7"])

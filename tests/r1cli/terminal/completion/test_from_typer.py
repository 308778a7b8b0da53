"""Commands, flags and arguments, as they go into the cache."""

from __future__ import annotations

from r1cli.terminal.completion import from_typer


def test_flags_know_whether_they_take_a_value_and_which() -> None:
    run = from_typer.line()["commands"]["run"]
    assert not run["flags"]["--multirun"]["takes"]
    assert run["flags"]["--cfg"]["values"] == ["job", "hydra", "all"]
    assert run["flags"]["--config-dir"]["kind"] == "folder"
    assert [(a["kind"], a["many"]) for a in run["arguments"]] == [("override", True)]


def test_arguments_are_known_by_what_the_help_calls_them() -> None:
    commands = from_typer.line()["commands"]
    assert commands["show"]["arguments"][0]["kind"] == "node"
    assert commands["score"]["aliases"] == {"task": "verifier@task"}
    assert commands["ls"]["arguments"][0]["values"][:2] == ["recipes", "stages"]

"""What the author of a class wrote below its fields."""

from __future__ import annotations

from typing import Any

from r1cli.engine.hardware import Hardware
from r1cli.terminal.completion.docstrings import field_docstrings
from stages.grpo import GRPO


def test_a_field_is_explained_by_the_docstring_below_it() -> None:
    found = field_docstrings(Hardware)
    assert found["nodes"] == "Machines, each with as many processes."
    assert "device" not in found  # nothing stands below it


def test_a_class_has_those_of_its_bases() -> None:
    assert field_docstrings(GRPO).keys() >= {"trainer", "steps"}


def test_a_class_without_source_has_none() -> None:
    namespace: dict[str, Any] = {"__name__": "nowhere"}
    exec("class Made:\n    a: int\n", namespace)
    assert field_docstrings(namespace["Made"]) == {}

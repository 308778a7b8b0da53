"""Values as a person writes them."""

from __future__ import annotations

import pytest

from r1cli.engine.hardware import Hardware
from r1cli.terminal.completion.values import brief, values_of


@pytest.mark.parametrize(
    ("annotation", "values"),
    [
        (bool, ["true", "false"]),
        (bool | None, ["true", "false", "null"]),
        (Hardware.model_fields["device"].annotation, ["auto", "cpu", "cuda"]),
        (int, []),
        (None, []),
    ],
)
def test_values_come_from_types(annotation: object, values: list[str]) -> None:
    assert values_of(annotation) == values


def test_a_long_help_text_is_cut_to_a_line() -> None:
    assert brief("One\nparagraph.\n\nAnother.") == "One paragraph."
    assert len(brief("word " * 50)) == 100

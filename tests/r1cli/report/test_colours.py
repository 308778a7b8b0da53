"""The report's colours: every model and every phase has one, and neighbours in a stack differ in lightness."""

from __future__ import annotations

import itertools
import re

import pytest

from r1cli.report import colours
from r1cli.results import paper
from r1cli.training.clock import PHASES

LEAST_CONTRAST = 1.2


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_model_of_the_paper_has_its_own_colour_and_any_other_a_neutral_one() -> None:
    assert colours.of_model(paper.name_of("r1_zero")) == "var(--zero)"
    assert colours.of_model("somebody's model") == "var(--other)"


def test_every_colour_of_the_style_sheet_is_in_both_schemes() -> None:
    light, _, dark = colours.style_sheet().partition("@media")
    for variable in colours.COLOURS:
        assert re.search(rf"{variable}: #[0-9a-f]{{6}};", light)
        assert re.search(rf"{variable}: #[0-9a-f]{{6}};", dark)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_phases_that_are_stacked_beside_each_other_differ_in_grey_too(scheme: int) -> None:
    variables = [colours.OF_PHASES[phase].removeprefix("var(").removesuffix(")") for phase in PHASES]
    greys = [luminance(colours.COLOURS[variable][scheme]) for variable in variables]
    for one, other in itertools.pairwise(greys):
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) > LEAST_CONTRAST

"""Soft overlong punishment against DAPO's equation 13, worked out by hand with its own numbers."""

import pytest
from pydantic import ValidationError

from r1cli.data.rows import Row
from r1cli.rewards.overlong import SoftOverlong
from r1cli.template import parse

DAPO = SoftOverlong(max_tokens=20_480, margin=0.2)  # L_cache = 4,096
ROW = Row("a", "?")


@pytest.mark.parametrize(
    ("tokens", "score"),
    [
        (1, 0.0),
        (16_384, 0.0),
        (16_385, -1 / 4_096),
        (17_408, -0.25),
        (18_432, -0.5),
        (20_480, -1.0),
        (20_481, -1.0),
        (10**9, -1.0),
    ],
)
def test_the_punishment_grows_over_the_last_fifth(tokens: int, score: float) -> None:
    assert DAPO.score(parse("so", tokens=tokens), ROW) == pytest.approx(score, abs=1e-12)


def test_a_length_that_is_not_known_is_not_punished_and_nothing_said_is_no_length() -> None:
    assert DAPO.score(parse("so"), ROW) is None
    assert DAPO.score(parse("", tokens=0), ROW) == 0.0


@pytest.mark.parametrize("margin", [0.0, 1.1, -0.2])
def test_the_margin_is_a_share(margin: float) -> None:
    with pytest.raises(ValidationError, match="margin"):
        SoftOverlong(max_tokens=100, margin=margin)

"""The cosine length reward against equation 1 of its paper, worked out by hand with the paper's own numbers."""

import math
from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.rewards.cosine_length import CosineLength
from r1cli.tasks.base import Task
from r1cli.template import Completion, parse
from r1cli.verify.outcome import Outcome
from tests.r1cli.rewards.single import value_of

COSINE = CosineLength(
    max_tokens=100, right_short=2.0, right_long=1.0, wrong_short=-10.0, wrong_long=0.0, exceeded=-10.0
)


class Told(Task):
    """The answer says what became of judging it; one call a batch."""

    def rows(self) -> list[Row]:
        return [Row("a", "?", task=self)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        said = {
            "right": Outcome(1.0),
            "wrong": Outcome(0.0),
            "unreadable": Outcome(0.0, "unparseable"),
            "slow": Outcome(0.0, "timed_out"),
            "broken": Outcome(None, "crashed", note="Traceback"),
            "nothing": Outcome(None, "not_applicable"),
        }
        return [said[c.text] for c in completions]


ROW = Told().rows()[0]
R = math.sqrt(0.5)

CASES = [
    # columns: what is said, tokens, value
    ("right", 1, 2.0 - (1 - math.cos(math.pi / 100)) / 2),
    ("right", 25, 1.5 + R / 2),
    ("right", 50, 1.5),
    ("right", 75, 1.5 - R / 2),
    ("right", 99, 1.0 + (1 - math.cos(math.pi / 100)) / 2),
    ("wrong", 25, -5.0 - 5 * R),
    ("wrong", 50, -5.0),
    ("wrong", 75, -5.0 + 5 * R),
    ("right", 100, -10.0),
    ("wrong", 100, -10.0),
    ("right", 150, -10.0),
    ("right", 200, -10.0),  # an unclamped cosine would be back at 2
    ("unreadable", 50, -5.0),
    ("slow", 50, -5.0),
]


@pytest.mark.parametrize(("said", "tokens", "value"), CASES)
def test_the_value_is_on_the_cosine(said: str, tokens: int, value: float) -> None:
    assert value_of(COSINE, parse(said, tokens=tokens), ROW) == pytest.approx(value, abs=1e-12)


def test_how_the_verdict_came_about_is_kept() -> None:
    said = ["right", "unreadable", "slow", "broken", "nothing"]
    outcomes = COSINE.outcomes([parse(s, tokens=50) for s in said], [ROW] * 5)
    assert [o.status for o in outcomes] == ["scored", "unparseable", "timed_out", "crashed", "not_applicable"]
    assert [o.value for o in outcomes] == [1.5, -5.0, -5.0, None, None]
    assert outcomes[3].note == "Traceback"


def test_right_falls_and_wrong_rises_with_length() -> None:
    for said, sign in (("right", -1), ("wrong", 1)):
        values = [value_of(COSINE, parse(said, tokens=t), ROW) or 0.0 for t in range(1, 100)]
        assert values == sorted(values, key=lambda v: sign * v)


def test_a_length_that_is_not_known_says_nothing() -> None:
    outcome = COSINE.outcomes([parse("right")], [ROW])[0]
    assert (outcome.value, outcome.status) == (None, "not_applicable")

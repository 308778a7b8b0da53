"""r1cli.results.attempts: which completion stands for an attempt."""

from __future__ import annotations

from r1cli.results.attempts import attempts, to_draw_again
from tests.r1cli.results.test_arc import drawn


def chosen(*said: str, redraws: int = 1) -> list[int]:
    return [record.sample for record in attempts(drawn("a/0", *said), 2, redraws)]


def test_an_attempt_is_its_first_completion_that_can_be_read() -> None:
    assert chosen("wrong", "right", "right", "right") == [0, 1]
    assert chosen("none", "right", "wrong", "right") == [2, 1]
    assert chosen("none", "none", "none", "right") == [2, 3]
    assert chosen("none", "none", "right", "right", redraws=0) == [0, 1]


def test_what_was_never_drawn_is_left_out() -> None:
    assert chosen("none") == [0]
    assert chosen() == []


def test_only_attempts_without_an_answer_are_drawn_again_and_no_more_than_allowed() -> None:
    def wanted(*said: str, redraws: int) -> list[int]:
        return to_draw_again(drawn("a/0", *said), 2, redraws)

    assert wanted("none", "wrong", redraws=1) == [2]
    assert wanted("none", "none", redraws=1) == [2, 3]
    assert wanted("right", "wrong", redraws=1) == []
    assert wanted("none", "none", redraws=0) == []
    assert wanted("none", "none", "none", "right", redraws=1) == []
    assert wanted("none", "none", "none", "right", redraws=2) == [4]

r"""r1cli.tasks.arc.grids: the last grid of an answer, whatever else is written around it."""

from __future__ import annotations

import json
import time

import pytest

from r1cli.tasks.arc.grids import grid_in, is_grid, written

GRID = [[1, 2], [3, 4]]
TEXT = "[[1, 2], [3, 4]]"
HOSTILE = {  # answer -> what it hands in
    "": None,
    "no grid at all": None,
    TEXT: GRID,
    "[[1,2],[3,4]]": GRID,
    "[\n  [1, 2],\n  [3, 4]\n]": GRID,
    f"```json\n{TEXT}\n```": GRID,
    rf"the pattern is [[9]], so \boxed{{{TEXT}}}": GRID,
    rf"\boxed{{{TEXT}}} and not [[5, 5]]": GRID,
    rf"\boxed{{[[7]]}} ... wait: \boxed{{{TEXT}}}": GRID,
    rf"\boxed{{\text{{see below}}}} {TEXT}": GRID,
    rf"$\boxed{{{TEXT}": GRID,  # never closed
    f"first [[5, 5], [5, 5]], then {TEXT}.": GRID,
    f"{TEXT}, not [[1, 2], [3]]": None,  # what was said last is ragged; the grid before it is no answer
    f"{TEXT} or [[1, 2], [3, 10]]": None,
    f"{TEXT} or [[1, 2], [3, -4]]": None,
    f"{TEXT} or [[1, 2.0], [3, 4]]": None,
    f'{TEXT} or [["1", "2"], ["3", "4"]]': None,
    f"{TEXT} or [[]]": None,
    "[[true, 1], [1, 1]]": None,
    "[1, 2, 3, 4]": None,
    "1 2\n3 4": None,
    "[[1, 2] [3, 4]]": None,  # no JSON
    "[[1, 2], [3, 4": None,  # cut off
    f"[{TEXT}, [[5, 6], [7, 8]]]": [[5, 6], [7, 8]],  # a list of answers: the last one
    f"[{[0] * 31}]": None,
    json.dumps([[0]] * 31): None,
}


@pytest.mark.parametrize(("answer", "grid"), HOSTILE.items(), ids=[repr(answer)[:40] for answer in HOSTILE])
def test_an_answer_hands_in_its_last_grid_or_none(answer: str, grid: list[list[int]] | None) -> None:
    assert grid_in(answer) == grid


@pytest.mark.parametrize(
    "piece", ["[", "[[1, 2], ", "[[", r"\boxed{", "[ ", "{[[1]]", "[[1],[1],", "]]", "[" + " " * 50]
)
def test_a_long_answer_takes_time_in_proportion(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        grid_in(piece * times)
        return time.process_time() - start

    short = max(seconds(20_000), 0.005)
    assert seconds(80_000) < 40 * short  # sixteen times and more if it were quadratic, and far more in seconds


def test_both_ways_of_writing_a_grid_are_read_back() -> None:
    assert written(GRID, "compact") == TEXT
    assert written(GRID, "rows").count("\n") == 3
    assert json.loads(written(GRID, "rows")) == grid_in(written(GRID, "rows")) == GRID


def test_a_grid_is_rectangular_and_of_colours() -> None:
    assert is_grid([[0] * 30] * 30)
    assert not any(map(is_grid, (None, [], [[]], [[0], [0, 0]], [[10]], [[True]], [0], "[[0]]", {"a": 1})))

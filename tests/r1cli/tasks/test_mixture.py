"""Mixtures of small tasks."""

from pathlib import Path
from typing import Any

import pytest

from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.tasks.base import Task
from r1cli.tasks.mathematics.task import Math
from r1cli.tasks.mixture import Mixture
from tests.r1cli.tasks.five_lines import maths, said


def numbers(folder: Path, name: str, n: int) -> Math:
    return maths(folder / f"{name}.jsonl", *({"prompt": f"{name} {i}?", "answer": str(i)} for i in range(n)))


def mixture(parts: dict[str, Task], **fields: Any) -> Mixture:
    return Mixture.model_validate({"parts": parts, "shares": None, "limit": None, "without": None} | fields)


def test_a_mixture_without_shares_holds_every_row_once(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 6), "b": numbers(tmp_path, "b", 3)})
    rows = mixed.rows()
    assert len({row.id for row in rows}) == 9
    assert [row.id[0] for row in rows].count("a") == 6
    assert [row.id[0] for row in rows[:3]].count("b") == 1
    assert [row.id for row in mixed.rows()] == [row.id for row in rows]
    assert [file.name for file in mixed.files()] == ["a.jsonl", "b.jsonl"]


def test_shares_hold_in_every_prefix_and_no_row_comes_twice(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 90), "b": numbers(tmp_path, "b", 5)}, shares={"a": 3, "b": 1})
    parts = [row.id[0] for row in mixed.rows()]
    assert (len(parts), parts.count("b")) == (20, 5)
    assert all(abs(parts[:n].count("b") - n / 4) <= 1 for n in range(1, 21))
    assert len(mixed.model_copy(update={"limit": 8}).rows()) == 8


def test_rows_of_a_mixture_are_verified_by_the_task_that_made_them(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 2)})
    row = mixed.rows()[1]
    assert (row.verify(said("1")), mixed.judge([said("1")], [row])[0].right, mixed.score(said("1"), row)) == (
        True,
        True,
        None,
    )
    assert mixed.score(said("1"), Row("x", "y")) is None


def test_held_out_rows_do_not_get_into_a_mixture(tmp_path: Path) -> None:
    mixed = mixture({"a": numbers(tmp_path, "a", 4)}, without=maths(tmp_path / "a.jsonl", {"prompt": "a 0?"}, limit=1))
    with pytest.raises(DataError, match="a: every row is held out too"):
        mixture({"a": numbers(tmp_path, "a", 2)}, without=numbers(tmp_path, "a", 2)).rows()
    numbers(tmp_path, "a", 4)
    assert [row.id for row in mixed.rows()] == ["a/a:2", "a/a:3", "a/a:4"]


def test_shares_of_unknown_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="parts and shares must have the same names; check c"):
        mixture({"a": numbers(tmp_path, "a", 2)}, shares={"a": 1, "c": 1})

"""Lengths by difficulty, and how samples end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from r1cli.results.difficulty import ends, lengths, lengths_by_level
from tests.r1cli.results.sampled_answers import sample_set


def test_how_hard_a_problem_is_is_told_by_the_other_models_alone() -> None:
    ours = sample_set({"easy": "ww", "hard": "rr"}, model="R1")
    others = [
        sample_set({"easy": "rr", "hard": "ww"}, model="Dev1"),
        sample_set({"easy": "rr", "hard": "rw"}, model="B"),
    ]
    easy, hard = lengths({"R1": [ours], "Dev1": [others[0]], "B": [others[1]]}, "R1")
    assert (hard.difficulty, hard.problems, hard.samples) == ("0.2 to 0.4", 1, 2)  # (0 + 0.5) / 2
    assert (hard.right, hard.wrong) == (10, None)
    assert (easy.difficulty, easy.right, easy.wrong) == ("0.8 to 1.0", None, 10)


def test_a_problem_that_everybody_solves_is_in_the_last_bin() -> None:
    (only,) = lengths({"R1": [sample_set({"a": "r-"})], "B": [sample_set({"a": "rr"}, model="B")]}, "R1")
    assert (only.difficulty, only.truncated) == ("0.8 to 1.0", 0.5)


def test_without_another_model_nobody_knows_what_is_hard() -> None:
    assert lengths({"R1": [sample_set({"a": "rr"})]}, "R1") == []


@pytest.mark.parametrize("levels", [("Level 2", "Level 10"), ("easy", "hard"), ("1", "2")])
def test_levels_of_a_benchmark_keep_their_order(levels: tuple[str, str]) -> None:
    first, second = levels
    levelled = replace(sample_set({"a": "rr", "b": "wr", "c": "ww"}), levels={"a": second, "b": first, "c": first})
    found = lengths_by_level([levelled])
    assert [(one.difficulty, one.problems, one.samples) for one in found] == [(first, 2, 4), (second, 1, 2)]
    assert found[1].wrong is None


def test_without_levels_there_is_no_difficulty() -> None:
    assert lengths_by_level([sample_set({"a": "rr"})]) == []


def test_every_sample_ends_in_one_way() -> None:
    found = ends([sample_set({"a": "rw-x"}), sample_set({"a": "rrrr"}, seed=1)])
    assert {end: share for end, share in found.items() if share} == {
        "right": 5 / 8, "wrong": 1 / 8, "truncated": 1 / 8, "crashed": 1 / 8,
    }  # fmt: skip
    assert sum(found.values()) == pytest.approx(1.0)
    assert ends([]) == {}

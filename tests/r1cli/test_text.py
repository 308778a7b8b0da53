"""Suggestions for misspelt names."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.text import as_typed, closest, did_you_mean, for_spreadsheet, rm_command, seconds, size


@pytest.mark.parametrize(
    ("word", "known", "question"),
    [
        ("latop", ["laptop", "smoke"], "did you mean laptop?"),
        ("xyz", ["laptop", "smoke"], ""),
        ("langage", ["a.language", "b.other"], "did you mean a.language?"),
        ("learning_rate", ["stages.coldstart.trainer.learning_rate"], "stages.coldstart.trainer.learning_rate?"),
        ("", [], ""),
    ],
)
def test_the_question_names_what_is_close_and_nothing_else(word: str, known: list[str], question: str) -> None:
    assert did_you_mean(word, known).endswith(question)


def test_a_prefix_stands_before_every_suggestion() -> None:
    assert did_you_mean("dat1", ["data1", "data2"], prefix="x=").startswith("did you mean x=data1")


def test_names_that_are_equally_close_are_all_suggested() -> None:
    assert set(closest("seed", ["seedx", "seedy"])) == {"seedx", "seedy"}


def test_a_name_is_suggested_once() -> None:
    assert closest("sed", ["seed", "seed"]) == ["seed"]


@pytest.mark.parametrize(("value", "said"), [(None, ""), (3.14, "3.1 s"), (75.4, "1:15"), (3700, "1:01:40")])
def test_durations_are_written_as_a_person_reads_them(value: float | None, said: str) -> None:
    assert seconds(value) == said


@pytest.mark.parametrize(("value", "said"), [(10, "10 B"), (2048, "2.0 KiB"), (5 * 2**40, "5120.0 GiB")])
def test_sizes_are_written_as_a_person_reads_them(value: int, said: str) -> None:
    assert size(value) == said


@pytest.mark.parametrize(
    ("value", "typed"),
    [(1e-4, "1e-4"), (0.1, "0.1"), (True, "true"), (None, "null"), ("a b", "a b"), ([1, 2], "[1, 2]")],
)
def test_values_are_written_as_they_are_typed(value: object, typed: str) -> None:
    assert as_typed(value) == typed


def test_a_spreadsheet_computes_no_name():
    assert [for_spreadsheet(v) for v in ("=1+1", "+1", "-x", "@SUM(A1)", "Dev1", -1.5, None)] == [
        *("'=1+1", "'+1", "'-x", "'@SUM(A1)", "Dev1", -1.5, None)
    ]


def test_what_is_to_be_removed_is_quoted():
    assert rm_command(Path("a b"), Path("x; rm -rf ~")) == "rm -r 'a b' 'x; rm -rf ~'"

"""Problems that were met in a training set, and what models make of them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from r1cli.data.rows import Row, write_rows
from r1cli.results.overlap import PosedProblems, met_in_training, training_sets
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import evaluation, model, publish

KNOWN = "A robe takes two bolts of blue fiber and half that much white fiber, how many in all?"
NEW = "Anna has three apples, buys five pears and gives away one; how many fruits has she now, if any are left?"
POSED = PosedProblems("gsm8k", (Row("1", KNOWN), Row("2", NEW)), {"R1": {"1": 1.0, "2": 0.25}})


def test_a_problem_that_was_trained_on_is_found_and_its_accuracy_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    write_rows(file, [Row("t", "Read this. " + KNOWN, demonstration="3"), Row("u", "Something else altogether.")])
    (found,) = met_in_training([POSED], {"rejection_sampling": file})
    assert (found.problems, found.training, found.rows, found.touched) == ("gsm8k", "rejection_sampling", 2, 1)
    assert found.accuracy_of_touched == {"R1": 1.0}
    assert found.accuracy_of_clean == {"R1": 0.25}


def test_training_sets_are_what_stages_made_and_not_what_evaluations_wrote(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", model(tmp_path, "base"), scores=[1.0])
    for made, fp in ((1.0, "a" * 64), (2.0, "b" * 64)):
        artifacts = {"out": {"kind": "dataset", "path": "out/data.jsonl"}}
        publish(tmp_path, "rejection_sampling", fp, seed=0, made=made, identity={}, inputs={}, artifacts=artifacts)
    (path,) = training_sets(Store(tmp_path).entries()).values()
    assert path.parent.parent.name.startswith("rejection_sampling-b")


def test_a_training_set_that_is_gone_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert met_in_training([POSED], {"gone": tmp_path / "gone.jsonl"}) == []
    assert "left out" in caplog.text


def test_without_words_nothing_can_be_met(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    write_rows(file, [Row("t", KNOWN)])
    assert met_in_training([PosedProblems("gpqa", (), {})], {"node": file}) == []

"""Which samples a store holds, and what a figure must say of them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from r1cli.generators.prices import Prices
from r1cli.results import select
from r1cli.results.benchmarks import read_benchmarks
from r1cli.results.sample_sets import in_words, of_benchmarks, of_evaluations
from r1cli.results.sampled import Protocol
from r1cli.store.store import Store
from tests.r1cli.fake_benchmarks import benchmark
from tests.r1cli.fake_evaluations import evaluation, model
from tests.r1cli.results.sampled_answers import sample_set


def test_the_evaluations_of_a_store_are_sets_by_model_and_seed(sweep: Path) -> None:
    found = of_evaluations(select.evaluations(Store(sweep), every_configuration=True))
    assert [(name, [s.seed for s in sets]) for name, sets in found.items()] == [
        ("R1-Zero", [0, 1]), ("Dev2 language=0", [0, 1]), ("Dev2 language=0.1", [0, 1]),
    ]  # fmt: skip
    (first, _) = found["R1-Zero"]
    assert len(first.problems) == 4  # the general request is none
    assert (first.checkpoint, first.k, first.protocol.votes) == ("r1_zero", 2, True)


def test_an_evaluation_without_transcripts_has_no_samples(tmp_path: Path) -> None:
    evaluation(tmp_path, "base", model(tmp_path, "base"))
    assert of_evaluations(select.evaluations(Store(tmp_path))) == {}


def test_a_benchmarks_samples_come_with_their_protocol(tmp_path: Path) -> None:
    benchmark(tmp_path, "r1_zero", model(tmp_path, "r1_zero"), {"a": "rrww", "b": "r-x-"}, made=86400.0)
    found = of_benchmarks(read_benchmarks(Store(tmp_path)))
    (one,) = found["gsm8k"]["R1-Zero"]
    assert [problem.right for problem in one.problems] == [(True, True, False, False), (True, False, False)]
    assert (one.protocol.benchmark, one.protocol.max_tokens, one.protocol.date) == ("gsm8k", 64, "1970-01-02")
    assert one.dollars is None


def test_a_damaged_file_of_samples_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    entry = benchmark(tmp_path, "r1_zero", model(tmp_path, "r1_zero"), {"a": "rrww"})
    file = entry / "out" / "samples.jsonl"
    file.write_text("{}\n" + file.read_text())
    with caplog.at_level(logging.WARNING):
        assert of_benchmarks(read_benchmarks(Store(tmp_path))) == {}
    assert "left out" in caplog.text


def test_dollars_are_worked_out_by_a_list_that_has_the_model(tmp_path: Path) -> None:
    benchmark(tmp_path, "o1", "0" * 64, {"a": "rw", "b": "rr"}, served="o1-2024-12-17")
    prices = Prices.model_validate(
        {"name": "p", "date": "2025-03-15", "source": "s", "models": {"o1": {"input": 15, "output": 60}}}
    )
    (one,) = of_benchmarks(read_benchmarks(Store(tmp_path)), prices)["gsm8k"]["o1"]
    assert one.dollars is not None
    assert one.dollars.most == pytest.approx(4 * (100 * 15 + 50 * 60) / 1e6)
    others = prices.model_copy(update={"models": {}})
    (unknown,) = of_benchmarks(read_benchmarks(Store(tmp_path)), others)["gsm8k"]["o1"]
    assert unknown.dollars is None


def test_a_figure_says_how_many_of_what_and_how_they_were_drawn() -> None:
    one = sample_set({"a": "rrww", "b": "rrww"})
    assert in_words([one]) == (
        "2 held-out problems, 4 samples each; temperature 1; at most 96 tokens; template 'Q: {question}'; "
        "drawn 2026-01-31"
    )
    later = replace(one, seed=1, protocol=replace(one.protocol, date="2026-02-01", max_tokens=64))
    said = in_words([one, later, replace(one, model="Base"), replace(one, protocol=Protocol("gsm8k"))])
    assert said.startswith("2 held-out problems, 4 samples each, 1 to 2 seeds; gsm8k: 2 problems, 4 samples each; ")
    assert "at most 96 or 64 tokens" in said
    assert "drawn 2026-01-31 to 2026-02-01" in said

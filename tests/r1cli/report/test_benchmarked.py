"""Which charts of benchmarks a store gives rise to."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.generators.prices import Prices
from r1cli.report import contents, provenance
from r1cli.store.store import Store
from tests.r1cli.fake_benchmarks import benchmark
from tests.r1cli.report.fake_results import Fake


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    fake = Fake(tmp_path / "store")
    fake.recipe(0)
    for node, answers in (("r1_zero", "rrww"), ("all_scenario_rl", "rrrw")):
        benchmark(fake.root, node, fake.made[node, 0], {"a": answers, "b": "rwww", "c": "wrrr"})
    benchmark(fake.root, "o1", "0" * 64, {"a": "rr", "b": "rw", "c": "rr"}, name="mgsm", served="o1")
    return Store(fake.root)


def names(gathered: contents.Contents) -> list[str]:
    return [chart.name for chart in gathered.by_section["benchmarks"]]


def test_benchmarks_with_enough_samples_have_curves(store: Store) -> None:
    assert names(contents.gather(store)) == ["benchmarks", "scaling_samples_gsm8k", "ends_benchmarks"]


def test_dollars_are_drawn_for_those_whom_the_list_prices(store: Store) -> None:
    prices = Prices.model_validate(
        {"name": "p", "date": "2025-03-15", "source": "s", "models": {"o1": {"input": 15, "output": 60}}}
    )
    gathered = contents.gather(store, prices=prices)
    assert "price_mgsm" in names(gathered)
    assert "price_gsm8k" not in names(gathered)


def test_a_training_set_of_the_store_is_held_against_all_problems(store: Store) -> None:
    (folder,) = store.root.glob("rejection_sampling-*")
    made = folder / "out" / "data.jsonl"
    made.write_text('{"id": "t", "prompt": "What is 1?"}\n{"id": "u", "prompt": "a"}\n')
    gathered = contents.gather(store)
    assert names(gathered)[-1] == "contamination"
    touched = {one.problems: (one.touched, one.rows) for one in gathered.benchmarked.met}
    assert touched == {"held-out": (1, 4), "gsm8k": (1, 3), "mgsm": (1, 3)}


def test_a_store_without_benchmarks_has_no_such_charts(tmp_path: Path) -> None:
    gathered = contents.gather(Store(tmp_path))
    assert gathered.by_section["benchmarks"] == []
    assert gathered.benchmarked.matrix.cells == {}

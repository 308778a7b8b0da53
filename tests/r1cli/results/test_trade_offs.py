"""Which choices of reward weights were compared, and what each of them reached."""

from __future__ import annotations

from pathlib import Path

from r1cli.results import select, trade_offs
from r1cli.results.evaluations import read_evaluations
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import Fake


def choices(root: Path) -> dict[str, list[trade_offs.WeightChoice]]:
    entries = Store(root).entries()
    return trade_offs.trade_offs(Lineage(entries), select.comparable(read_evaluations(entries)))


def test_each_choice_of_weights_is_one_row_over_its_seeds(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    for seed in (0, 1):
        fake.recipe(seed)
        for weight in (0.0, 1.0):
            weights = {"accuracy": 1.0, "language": weight}
            model = fake.trained("reasoning_rl", seed, {"model": "coldstart"}, weights)
            fake.evaluated("reasoning_rl", seed, model=model, language=0.6 + 0.3 * weight)
    found = choices(tmp_path)
    assert list(found) == ["reasoning_rl"]
    assert [c.weights["language"] for c in found["reasoning_rl"]] == [0.0, 0.5, 1.0]
    assert [len(c.row.seeds) for c in found["reasoning_rl"]] == [2, 2, 2]
    assert trade_offs.varied(found["reasoning_rl"]) == ["language"]


def test_one_choice_of_weights_is_no_trade_off(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(0)
    assert choices(tmp_path) == {}

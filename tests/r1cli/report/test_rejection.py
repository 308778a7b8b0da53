"""What rejection sampling removed, filter by filter."""

from __future__ import annotations

from pathlib import Path

from r1cli.data.filters import DROPPED_BY
from r1cli.report import rejection
from r1cli.results.lineage import Lineage
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import DROPPED, Fake


def test_each_filter_has_its_count_and_a_few_examples(tmp_path: Path) -> None:
    Fake(tmp_path).recipe(3)
    (found,) = rejection.samplings(Lineage(Store(tmp_path).entries()))
    assert (found.seed, found.sampled, found.kept) == (3, 40, 15)
    assert {f.name: f.dropped for f in found.filters} == DROPPED
    wrong = found.filters[0]
    assert wrong.share == 0.5
    assert len(wrong.examples) == rejection.EXAMPLES


def test_every_filter_is_explained() -> None:
    assert set(rejection.WHAT) == set(DROPPED_BY)

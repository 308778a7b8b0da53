from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.generators.generator import ServedBy, Usage
from r1cli.generators.prices import Prices, TokenPrice
from r1cli.results import samples
from r1cli.results.benchmarks import read_benchmarks
from r1cli.results.price_tags import priced
from r1cli.results.samples import SampleRecord
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import benchmark

BY_O1 = ServedBy("o1")
PRICES = Prices(name="p", date="2025-03-01", source="here", models={"o1": TokenPrice(input=0, output=10)})


def stored(
    folder: Path, *, primary: str = "accuracy", served: ServedBy | None = BY_O1, groups: list[str] | None = None
) -> Path:
    """Two problems of four samples of 1,000 tokens each, half of them right."""
    benchmark(
        folder, "math500", "o1", "", scores=[0.0, 1.0], k=4, groups=groups, average="groups" if groups else "problems"
    )
    (entry,) = folder.glob("bench_math500-*")
    records = [
        SampleRecord(f"p-{p}", f"p-{p}", s, "", "4", "4", True, Usage(0, None, 1000), 1.0, "o1", served)
        for p in range(2)
        for s in range(4)
    ]
    samples.write(entry / "out" / samples.FILE, records)
    manifest = json.loads((entry / "manifest.json").read_text())
    manifest["artifacts"]["samples"] = {"kind": "dataset", "path": f"out/{samples.FILE}"}
    (entry / "manifest.json").write_text(json.dumps(manifest))
    report = json.loads((entry / "out/report.json").read_text())
    (entry / "out/report.json").write_text(json.dumps(report | {"primary": primary}))
    return folder


@pytest.mark.parametrize(("primary", "per_task"), [("accuracy", 0.01), ("cons_at_k", 0.04), ("pass_at_k", 0.04)])
def test_an_answer_costs_the_samples_that_its_measure_takes(tmp_path: Path, primary: str, per_task: float) -> None:
    (tag,) = priced(read_benchmarks(Store(stored(tmp_path, primary=primary))), PRICES)
    assert tag.total.least == tag.total.most == pytest.approx(0.08)
    assert tag.tag.per_task.least == pytest.approx(per_task)
    assert tag.tag.per_solved is not None
    assert tag.tag.per_solved.least == pytest.approx(per_task / 0.5)


def test_a_task_of_several_problems_costs_all_of_them(tmp_path: Path) -> None:
    (tag,) = priced(read_benchmarks(Store(stored(tmp_path, groups=["t", "t"]))), PRICES)
    assert tag.tag.per_task.least == pytest.approx(2 * 0.01)


def test_a_result_without_a_price_has_no_tag(tmp_path: Path) -> None:
    results = read_benchmarks(Store(stored(tmp_path, served=None)))
    assert priced(results, PRICES) == []
    by_the_hour = Prices(name="gpu", date="2024-12-27", source="here", gpu_usd_hour=3600.0)
    (tag,) = priced(results, by_the_hour, gpus=2)
    assert tag.total.least == pytest.approx(16.0)

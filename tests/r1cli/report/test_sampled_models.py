"""Which charts of many samples the report has, and which models are in them."""

from __future__ import annotations

from r1cli.report.sampled_models import SampledModels
from tests.r1cli.results.sampled_answers import sample_set

ANSWERS = {"a": "rrww", "b": "rrrr", "c": "wwww", "d": "rrrw"}
NODES = {"Base": "base", "R1-Zero": "r1_zero", "Dev1": "coldstart", "R1": "all_scenario_rl"}


def sampled(*names: str, **answers: str) -> SampledModels:
    shown = answers or ANSWERS
    return SampledModels({name: [sample_set(shown, model=name, checkpoint=NODES[name])] for name in names})


def test_base_r1_zero_and_the_last_model_are_compared() -> None:
    found = sampled(*NODES)
    assert [one.model for one in found.compared] == ["Base", "R1-Zero", "R1"]
    assert [chart.name for chart in found.charts] == [
        "scaling_samples",
        "scaling_tokens",
        "scaling_tokens_r1_zero",
        "scaling_tokens_all_scenario_rl",
        "reliability_calibration",
        "reliability_coverage",
        "ends",
        "difficulty_tokens",
    ]


def test_a_model_alone_has_no_difficulty_and_one_chart_of_tokens() -> None:
    names = [chart.name for chart in sampled("Dev1").charts]
    assert names.count("scaling_tokens_coldstart") == 1
    assert "scaling_tokens" not in names
    assert "difficulty_tokens" not in names


def test_single_samples_end_somewhere_and_that_is_all() -> None:
    assert [chart.name for chart in sampled("R1", a="r", b="w").charts] == ["ends"]


def test_without_samples_there_is_nothing_to_draw() -> None:
    assert SampledModels({}).charts == []


def test_no_two_charts_have_one_name() -> None:
    names = [chart.name for chart in sampled(*NODES).charts]
    assert len(set(names)) == len(names)

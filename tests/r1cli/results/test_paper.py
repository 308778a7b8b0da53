"""The paper's own numbers: each beside a checkpoint and a measure that we have."""

from __future__ import annotations

from r1cli.config.catalogue import model_names
from r1cli.results import paper


def test_every_number_of_the_papers_is_beside_one_of_ours() -> None:
    assert {c for b in paper.benchmarks() for c in b.values} == set(model_names())
    assert {b.unit for b in paper.benchmarks()} == {"%"}


def test_the_shape_of_the_papers_stage_table() -> None:
    aime = {c: paper.results_of(c)["AIME 2024 pass@1"] for c in model_names()}
    # The cold start costs R1-Zero's reasoning, reinforcement learning brings it back (V2 table 3).
    assert aime["base"] < aime["coldstart"] < aime["reasoning_rl"] < aime["r1_zero"] < aime["all_scenario_rl"]
    # Preference rewards lift general requests most (V2 table 3).
    alpaca = [
        paper.results_of(c)["AlpacaEval 2.0 LC win rate"] for c in ("coldstart", "rejection_sft", "all_scenario_rl")
    ]
    assert alpaca == [50.1, 62.1, 87.6]
    # A student learns more from a teacher than by itself (V2 table 16).
    assert aime["student_zero"] < aime["distill"]


def test_what_the_paper_does_not_report_is_left_out() -> None:
    assert set(paper.results_of("base")) == {"AIME 2024 pass@1"}
    assert paper.results_of("helpful_rm") == {}

"""Names of evaluation nodes."""

from __future__ import annotations

from r1cli.engine.evaluation import (
    benchmark_in,
    benchmark_of,
    evaluated_by,
    evaluation_of,
    is_benchmark,
    is_evaluation,
    measures_a_model,
)


def test_an_evaluation_is_named_after_the_node_whose_model_it_evaluates() -> None:
    assert evaluated_by(evaluation_of("base")) == "base"
    assert is_evaluation(evaluation_of("base"))
    assert not is_evaluation("base")


def test_a_benchmarks_node_is_named_by_model_and_benchmark() -> None:
    node = benchmark_of("mmlu_stem", "r1_zero")
    assert is_benchmark(node)
    assert not is_evaluation(node)
    assert benchmark_in(node, ["stem", "mmlu_stem", "mmlu"]) == "mmlu_stem"
    assert benchmark_in(benchmark_of("mmlu"), ["mmlu"]) == "mmlu"
    assert benchmark_in("eval_r1_zero", ["zero"]) is None
    assert [measures_a_model(n) for n in (node, "eval_base", "base")] == [True, True, False]

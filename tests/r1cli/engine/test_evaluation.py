"""Names of evaluation nodes."""

from __future__ import annotations

from r1cli.engine.evaluation import evaluated_by, evaluation_of, is_evaluation


def test_an_evaluation_is_named_after_the_node_whose_model_it_evaluates() -> None:
    assert evaluated_by(evaluation_of("base")) == "base"
    assert is_evaluation(evaluation_of("base"))
    assert not is_evaluation("base")

"""What evaluation nodes are called: `eval_coldstart` evaluates the model that the node `coldstart` makes."""

from __future__ import annotations

PREFIX = "eval_"


def evaluation_of(model: str) -> str:
    """The node that evaluates the model of node `model`."""
    return f"{PREFIX}{model}"


def is_evaluation(node: str) -> bool:
    """Does this node evaluate a model?"""
    return node.startswith(PREFIX)


def evaluated_by(node: str) -> str:
    """The node whose model an evaluation node evaluates; any other node is returned as it is."""
    return node.removeprefix(PREFIX)

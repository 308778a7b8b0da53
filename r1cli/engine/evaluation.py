"""What evaluation nodes are called.

`eval_coldstart` evaluates the model that the node `coldstart` makes on the task's held-out rows, and
`bench_coldstart_math500` puts a benchmark to it; `bench_math500` is a benchmark that no model of ours answered.
"""

from __future__ import annotations

TYPE_CHECKING = False  # without importing typing: TAB asks this module, and must answer at once
if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "eval_"
BENCHMARK_PREFIX = "bench_"


def evaluation_of(model: str) -> str:
    """The node that evaluates the model of node `model`."""
    return f"{PREFIX}{model}"


def is_evaluation(node: str) -> bool:
    """Does this node evaluate a model on held-out rows?"""
    return node.startswith(PREFIX)


def evaluated_by(node: str) -> str:
    """The node whose model an evaluation node evaluates; any other node is returned as it is."""
    return node.removeprefix(PREFIX)


def benchmark_of(benchmark: str, model: str = "") -> str:
    """The node that puts a benchmark to the model of node `model`, or to a generator that needs none."""
    return f"{BENCHMARK_PREFIX}{model}_{benchmark}" if model else f"{BENCHMARK_PREFIX}{benchmark}"


def is_benchmark(node: str) -> bool:
    """Does this node put a benchmark to a model?"""
    return node.startswith(BENCHMARK_PREFIX)


def benchmark_in(node: str, known: Iterable[str]) -> str | None:
    """Which of the known benchmarks a benchmark's node puts; None if none of them, or if it is no such node."""
    fitting = [name for name in known if is_benchmark(node) and node.endswith(f"_{name}")]
    return max(fitting, key=len, default=None)


def measures_a_model(node: str) -> bool:
    """Does this node make numbers about a model, in either way, rather than a part of a recipe?"""
    return is_evaluation(node) or is_benchmark(node)

"""Benchmarks as tasks of inspect; skipped where it is not installed (`pip install r1cli[inspect]`)."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.config.catalogue import options
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome

pytest.importorskip("inspect_ai", reason="inspect_ai is not installed (it comes with the inspect extra)")

from r1cli.scoring import inspect_tasks


def output(content: Any, stop_reason: str = "stop") -> SimpleNamespace:
    return SimpleNamespace(
        message=SimpleNamespace(content=content),
        stop_reason=stop_reason,
        usage=SimpleNamespace(output_tokens=7),
    )


def test_every_benchmark_is_a_task() -> None:
    assert set(inspect_tasks.TASKS) == set(options("benchmark"))


def test_a_task_asks_what_the_benchmark_asks() -> None:
    made = inspect_tasks.TASKS["world"](problems=4, samples=2)
    posed = inspect_tasks._first_samples("world", None, 4, 2)
    assert [sample.input for sample in made.dataset] == [each.question.prompt for each in posed]
    assert [sample.id for sample in made.dataset] == [each.row.id for each in posed]
    assert all(sample.metadata["cluster"] for sample in made.dataset)
    assert made.epochs == 2


def test_the_scorer_is_our_verifier() -> None:
    (right, other) = inspect_tasks._first_samples("world", None, 2, 1)
    score = inspect_tasks._verifier("world", None, 2, 1)

    def value(content: Any) -> float:
        state = SimpleNamespace(sample_id=right.row.id, output=output(content))
        return float(asyncio.run(score(state, None)).value)

    assert right.row.answer != other.row.answer
    assert value(f"<think>so</think><answer>{right.row.answer}</answer>") == 1.0
    assert value(f"<think>{right.row.answer}</think><answer>{other.row.answer}</answer>") == 0.0


def test_a_thought_of_its_own_field_never_counts() -> None:
    parts = [SimpleNamespace(type="reasoning", reasoning="perhaps 5"), SimpleNamespace(type="text", text="It is 4.")]
    made = inspect_tasks.completion_of(output(parts, "max_tokens"))
    assert (made.thought, made.answer, made.finished, made.tokens) == ("perhaps 5", "It is 4.", False, 7)


def test_what_was_not_judged_is_not_scored() -> None:
    assert math.isnan(inspect_tasks.score_of(NOT_APPLICABLE).value)
    assert math.isnan(inspect_tasks.score_of(Outcome(None, "crashed")).value)
    scored = inspect_tasks.score_of(Outcome(0.0, "unparseable", note="no answer"))
    assert (scored.value, scored.explanation) == (0.0, "no answer")

"""What the reward models get to see, when they are asked, and that they sleep while they do not count."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from r1cli.data.rows import Row
from r1cli.rewards.base import Rewards
from r1cli.rewards.preference import PreferenceReward, visible
from r1cli.template import Completion, parse
from r1cli.training.trl.rewards import RewardFunctions

HELPFUL = PreferenceReward(input="helpful_rm", kind="helpful", sees=None, start_step=3)
HARMLESS = PreferenceReward(input="safety_rm", kind="harmless", sees=None, start_step=3)

SEEN = [
    # columns: what, response, its answer
    ("well formed", "<think>plan</think><answer>done</answer>", "done"),
    ("bare answer after the thought", "<think>plan</think> done", "done"),
    ("no template", "done", "done"),
    ("two answers", "<think>plan</think><answer>no</answer><answer>done</answer>", "done"),
    ("an answer inside the thought is thought", "<think>plan <answer>flattery</answer></think>", ""),
    ("a thought that is never closed", "<think>flattery <answer>flattery</answer>", ""),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(("what", "response", "answer"), SEEN, ids=[c[0] for c in SEEN])
def test_answer_is_the_final_answer_and_whole_is_all_that_was_written(what: str, response: str, answer: str) -> None:
    assert visible(parse(response), "answer") == answer
    assert visible(parse(response), "whole") == response


def test_a_prefilled_thought_is_no_part_of_the_answer() -> None:
    completion = parse("plan</think><answer>done</answer>", prefilled=True)
    assert visible(completion, "answer") == "done"
    assert visible(completion, "whole") == "plan</think><answer>done</answer>"


class Asked:
    """A reward model that remembers what it was shown, and scores by length."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], list[str]]] = []

    def __call__(self, prompts: Sequence[str], completions: Sequence[Completion]) -> list[float]:
        self.calls.append((list(prompts), [c.text for c in completions]))
        return [float(len(c.text)) for c in completions]


ROWS = [Row("a", "hi", kind="helpful"), Row("b", "steal?", kind="harmless"), Row("c", "1+1", kind="reasoning")]
TEXTS = [f"<think>t</think><answer>{'x' * n}</answer>" for n in (1, 2, 3)]


def scored(
    terms: dict[str, PreferenceReward], weight: float, update: int, model: Asked
) -> dict[str, list[float | None]]:
    adapter = RewardFunctions(
        Rewards(weights=dict.fromkeys(terms, weight), terms=dict(terms)),
        ROWS,
        end_ids=frozenset({0}),
        prefilled=False,
        scorers={"helpful_rm": model, "safety_rm": model},
        log=logging.getLogger("test"),
    )
    state = SimpleNamespace(global_step=update)
    batch = {"completions": TEXTS, "completion_ids": [[1, 0]] * 3, "row": [0, 1, 2], "trainer_state": state}
    return {f.__name__: f(**batch, log_metric=lambda name, value: None) for f in adapter.functions()}


def test_each_kind_is_scored_by_its_own_model_and_the_others_get_none() -> None:
    model = Asked()
    scores = scored({"helpfulness": HELPFUL, "harmlessness": HARMLESS}, 1.0, 3, model)
    assert scores == {
        "helpfulness": [float(len(TEXTS[0])), None, None],
        "harmlessness": [None, float(len(TEXTS[1])), None],
    }
    assert model.calls == [(["hi"], [TEXTS[0]]), (["steal?"], [TEXTS[1]])]


@pytest.mark.parametrize(("weight", "update"), [(1.0, 2), (0.0, 3), (0.0, 0)])
def test_a_model_that_does_not_count_is_not_asked(weight: float, update: int) -> None:
    model = Asked()
    assert scored({"helpfulness": HELPFUL}, weight, update, model) == {"helpfulness": [None, None, None]}
    assert model.calls == []

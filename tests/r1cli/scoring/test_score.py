"""Scores of a file are those of training, batch by batch."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from r1cli.errors import ConfigError, DataError
from r1cli.rewards.accuracy import Accuracy
from r1cli.rewards.base import Rewards
from r1cli.scoring import score as module
from r1cli.scoring.score import ReadRecord
from r1cli.scoring.summary import Summary
from r1cli.tasks.world import World
from r1cli.training.trl.rewards import RewardFunctions
from tests.r1cli.scoring.small_files import (
    HELPFUL,
    REASONING,
    ROWS,
    Fragile,
    one,
    records,
    score,
    scoring,
)


def test_every_reward_is_what_training_gives_for_the_same_completion() -> None:
    scored = score(ROWS)
    functions = RewardFunctions(
        REASONING,
        [s.row for s in scored],
        end_ids=frozenset({0}),
        prefilled=False,
        scorers={},
        log=logging.getLogger(__name__),
    )
    texts, numbers = [s.completion.text for s in scored], list(range(len(scored)))
    for function in functions.functions():
        trained = function(
            completions=texts,
            completion_ids=[[0]] * len(texts),
            row=numbers,
            trainer_state=None,
            log_metric=lambda name, value: None,
        )
        assert trained == [s.outcomes[function.__name__].value for s in scored]


def test_the_reward_is_the_weighted_sum_of_what_applies() -> None:
    right, other_language, untagged, general, unfinished = score(ROWS)
    assert right.reward == pytest.approx(1.0 + 0.2 + 0.5)
    assert other_language.reward == pytest.approx(0.2)
    assert untagged.reward == pytest.approx(1.0)
    assert general.outcomes["accuracy"].value is None
    assert general.reward == 0.0
    assert unfinished.reward == pytest.approx(0.5)


def test_no_reward_at_all_is_null_and_not_zero() -> None:
    (scored,) = score(ROWS[3:4], scoring(one(Accuracy())))
    assert scored.to_json()["reward"] is None
    assert scored.to_json()["status"] == "not_applicable"


def test_a_scored_row_is_the_row_with_its_scores() -> None:
    row = {**ROWS[1], "model": "mine", "reward": "of an earlier run"}
    (scored,) = score([row])
    plain = scored.to_json()
    assert {**plain, "reward": row["reward"]}.items() >= row.items()
    assert plain["rewards"] == {"accuracy": 0.0, "format": 1.0, "language": 0.0}
    assert plain["reward"] == pytest.approx(0.2)
    assert plain["status"] == "scored"
    assert "statuses" not in plain


def test_what_the_verifier_looked_at_is_told() -> None:
    assert [s.extracted for s in score(ROWS[:2])] == ["2", "3"]
    assert "2" in (score(ROWS[2:3])[0].extracted or "")


def test_columns_have_the_names_that_they_are_mapped_from() -> None:
    row = {"q": "What is 1+1?", "response": "2", "gold": "2"}
    (scored,) = score([row], columns={"prompt": "q", "completion": "response", "answer": "gold"})
    assert scored.outcomes["accuracy"].value == 1.0
    assert scored.row.prompt == "What is 1+1?"


def test_a_missing_column_names_what_was_meant() -> None:
    with pytest.raises(DataError, match="line 1: no column 'completion'") as caught:
        score([{"prompt": "p", "completions": "2"}])
    assert caught.value.hint.startswith("did you mean columns.completion=completions?")


def test_an_empty_completion_is_scored_and_null_is_refused() -> None:
    (scored,) = score([{"prompt": "p", "completion": "", "answer": "2"}])
    assert scored.outcomes["accuracy"].value == 0.0
    with pytest.raises(DataError, match="null"):
        score([{"prompt": "p", "completion": None}])


def test_prompts_that_opened_the_thought_make_a_difference() -> None:
    row = {"prompt": "What is 1+1?", "completion": "one and one</think><answer>2</answer>", "answer": "2"}
    values = [score([row], scoring(prefilled=given))[0].outcomes["format"].value for given in (False, True)]
    assert values == [0.0, 1.0]


def test_a_kind_is_taken_from_its_column() -> None:
    (scored,) = score([{**ROWS[3], "kind": "harmless"}])
    assert scored.row.kind == "harmless"


def test_another_meaning_of_kind_is_passed_over_unless_the_column_is_mapped() -> None:
    row = {**ROWS[0], "kind": "arithmetic"}
    assert score([row])[0].row.kind == "reasoning"
    with pytest.raises(DataError, match="'arithmetic' is no value of 'kind'"):
        score([row], columns={"kind": "kind"})


def test_length_and_end_of_a_completion_reach_the_rewards() -> None:
    (scored,) = score([{**ROWS[0], "tokens": 12.0, "finished": False}])
    assert (scored.completion.tokens, scored.completion.finished) == (12, False)
    (scored,) = score([{**ROWS[0], "tokens": ["one", "and"], "finished": "yes"}])
    assert (scored.completion.tokens, scored.completion.finished) == (0, True)


def test_a_task_that_makes_no_rows_of_records_verifies_plain_ones() -> None:
    world = World(
        edition=1, part="problems", split="heldout", count=1, seed=0, steps=(1, 6), largest=40, mix=None, check=0.0
    )
    right, wordy = score([ROWS[0], {**ROWS[0], "completion": "2, or 3"}], scoring(task=world))
    assert right.outcomes["accuracy"].value == 1.0
    assert wordy.outcomes["accuracy"].value == 0.0


def test_a_reward_that_crashes_gives_none_and_is_counted() -> None:
    scored = score(ROWS[:2], scoring(one(Fragile(word="one"))))
    assert [s.outcomes["term"].value for s in scored] == [None, 0.5]
    assert scored[0].to_json()["statuses"] == {"term": "crashed"}
    assert "no such luck" in scored[0].outcomes["term"].note


def test_reward_models_are_left_null_and_said_so() -> None:
    mixed = scoring(
        Rewards(weights={**REASONING.weights, "helpful": 1.0}, terms={**REASONING.terms, "helpful": HELPFUL})
    )
    summary = Summary(mixed, worst=1)
    summary.add(score(ROWS[:1], mixed))
    assert summary.to_json()["rewards"]["helpful"]["statuses"] == {"not_applicable": 1}
    assert summary.reward.total == pytest.approx(1.7)
    assert [r.partition(":")[0] for r in summary.remarks()] == ["helpful"]


def test_nothing_but_reward_models_is_refused() -> None:
    with pytest.raises(ConfigError, match="helpful can be had from a reward model only"):
        scoring(Rewards(weights={"helpful": 1.0}, terms={"helpful": HELPFUL})).check()


def test_no_more_than_a_batch_is_read_ahead() -> None:
    taken = []

    def endless() -> Iterator[ReadRecord]:
        for read in records(ROWS[:1] * 1000):
            taken.append(read.line)
            yield read

    batches = scoring(batch_size=10).scored(endless())
    assert [len(next(batches)), len(next(batches))] == [10, 10]
    assert len(taken) == 20


def test_long_lines_make_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 1000)
    rows = [{**ROWS[0], "whatever": "x" * n} for n in (400, 700, 2000, 1, 1)]
    assert [len(batch) for batch in scoring().scored(records(rows))] == [2, 1, 2]

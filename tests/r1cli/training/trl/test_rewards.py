"""r1cli.training.trl.rewards: what is logged and shown of how completions were judged. No TRL needed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.data.rows import Row
from r1cli.rewards.base import Reward, Rewards, Rule
from r1cli.template import Completion
from r1cli.training.trl.callbacks import Reporter
from r1cli.training.trl.rewards import RewardFunctions
from r1cli.verify.outcome import NOT_APPLICABLE, STATUSES, Outcome

SAID = {
    "right": Outcome(1.0),
    "slow": Outcome(0.0, "timed_out"),
    "bug": Outcome(None, "crashed", note="Traceback"),
    "poem": NOT_APPLICABLE,
}


class Judge(Reward):
    """What the completion asks for."""

    def outcomes(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [SAID[c.text] for c in completions]


class Fine(Rule):
    def score(self, completion: Completion, row: Row) -> float | None:
        return 1.0


def scored(texts: list[str]) -> tuple[list[float | None], dict[str, float]]:
    """What the term `accuracy` says of a batch, and what it logs."""
    terms = {"accuracy": Judge(), "format": Fine()}
    functions = RewardFunctions(
        Rewards(weights=dict.fromkeys(terms, 1.0), terms=terms),
        [Row("1", "?")],
        end_ids=frozenset({0}),
        prefilled=False,
        scorers={},
        log=logging.getLogger("test"),
        reflection_words={"en": ["bug", "slow"]},
    ).functions()
    logged: dict[str, float] = {}
    batch: dict[str, Any] = {"completion_ids": [[0]] * len(texts), "row": [0] * len(texts)}
    found = [
        f(completions=texts, trainer_state=SimpleNamespace(global_step=1), log_metric=logged.__setitem__, **batch)
        for f in functions
    ]
    return found[0], logged


def test_shares_of_all_statuses_are_logged_zeros_too():
    scores, logged = scored(["right", "slow", "bug", "poem"])
    assert scores == [1.0, 0.0, None, None]
    shares = {status: logged[f"reward_status/accuracy/{status}"] for status in STATUSES}
    assert shares == {"scored": 0.25, "not_applicable": 0.25, "unparseable": 0.0, "timed_out": 0.25, "crashed": 0.25}
    assert logged["reward_status/format/scored"] == 1.0


def test_the_log_has_one_line_a_batch_with_the_counts(caplog: pytest.LogCaptureFixture):
    scored(["slow", "slow", "right", "bug"])
    warnings = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert warnings == ["of 4 completions: accuracy timed_out 2, accuracy crashed 1"]


def test_an_ordinary_batch_is_not_mentioned(caplog: pytest.LogCaptureFixture):
    scored(["right", "poem"])
    assert not caplog.records


class Shown:
    """A tracker that keeps what the terminal shows."""

    def __init__(self) -> None:
        self.shown: list[dict[str, float]] = []

    def log(self, metrics: dict[str, float], *, step: int) -> None:
        pass

    def progress(self, done: int, total: int, **shown: float) -> None:
        self.shown.append(shown)


def test_the_terminal_shows_shares_that_are_not_zero_until_they_are_zero_again():
    tracker = Shown()
    reporter = Reporter(tracker)  # type: ignore[arg-type]
    state = SimpleNamespace(global_step=1, max_steps=2)
    none = {f"reward_status/accuracy/{status}": 0.0 for status in STATUSES}
    for share in (0.125, 0.0):
        logs = {"reward": 1.0, **none, "reward_status/accuracy/scored": 0.5, "reward_status/accuracy/timed_out": share}
        reporter.on_log(None, state, None, logs=logs)
    assert tracker.shown == [{"reward": 1.0, "accuracy timed_out": 0.125}, {"reward": 1.0}]


def test_reflection_words_are_counted_once_a_batch():
    _, logged = scored(["right", "slow", "bug", "poem"])
    assert logged["completions/reflection"] == 0.5

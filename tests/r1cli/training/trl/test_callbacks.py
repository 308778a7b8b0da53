"""Callbacks: what is reported of an update, and what changes between two."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from r1cli.training.alarms import Alarm, Watch
from r1cli.training.trl.callbacks import Alarms, Callback, LengthSchedule, Reporter
from tests.stages.tiny_training import Recorder


class Heard:
    """A tracker that remembers what it was last told."""

    def __init__(self) -> None:
        self.metrics: dict[str, Any] = {}
        self.shown: dict[str, float] = {}

    def log(self, metrics: Any, *, step: int) -> None:
        self.metrics = dict(metrics)

    def progress(self, done: int, total: int, **shown: float) -> None:
        self.shown = shown


def state(step: int) -> SimpleNamespace:
    return SimpleNamespace(global_step=step, max_steps=9)


def test_a_callback_lets_events_pass_that_it_does_not_handle() -> None:
    assert Callback().on_epoch_begin(None, None, None, model=None) is None
    with pytest.raises(AttributeError):
        Callback().other  # noqa: B018


def test_the_progress_line_shows_three_numbers_and_what_went_wrong_in_judging() -> None:
    heard = Heard()
    reporter = Reporter(heard)  # type: ignore[arg-type]
    logs = {
        "loss": 0.1,
        "reward": 0.5,
        "rewards/accuracy/mean": 0.4,
        "reward_status/accuracy/timed_out": 0.25,
        "reward_status/accuracy/crashed": 0.0,
        "reward_status/accuracy/scored": 0.75,
        "text": "no number",
    }
    reporter.on_log(None, state(1), None, logs=logs)
    assert heard.shown == {"reward": 0.5, "accuracy": 0.4, "loss": 0.1, "accuracy timed_out": 0.25}
    assert heard.metrics["train/rewards/accuracy/raw"] == 0.4
    assert "train/text" not in heard.metrics


def test_the_totals_at_the_end_are_no_metric_of_an_update() -> None:
    heard = Heard()
    Reporter(heard).on_log(None, state(9), None, logs={"train_runtime": 3.0})  # type: ignore[arg-type]
    assert heard.metrics == {}


@pytest.mark.parametrize(("update", "cap"), [(0, 10), (2, 12), (3, 12), (4, 14), (9, 14)])
def test_the_cap_is_that_of_the_last_update_that_was_reached(update: int, cap: int) -> None:
    generation = SimpleNamespace(max_new_tokens=10)
    trainer = SimpleNamespace(max_completion_length=10, use_vllm=False, generation_config=generation)
    LengthSchedule(trainer, {2: 12, 4: 14}).on_step_begin(None, state(update), None)
    assert (trainer.max_completion_length, generation.max_new_tokens) == (cap, cap)


def test_alarms_know_metrics_by_the_names_under_which_they_are_logged() -> None:
    recorder = Recorder()
    alarm = Alarm(metric="rewards/format/raw", below=0.5, says="format is {value:.0%}")
    callback = Alarms(Watch({"format": alarm}, recorder))
    callback.on_log(None, state(3), None, logs={"rewards/format/mean": 0.25, "text": "no number"})
    callback.on_log(None, state(4), None, logs=None)
    assert recorder.warnings == [(3, "format is 25%")]

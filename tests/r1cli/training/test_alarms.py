"""Alarms ring when a metric stays beyond its threshold, once, and say what is wrong."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest
from pydantic import ValidationError

from r1cli.config.build import build
from r1cli.training.alarms import Alarm, Watch
from tests.stages.tiny_training import Recorder


def heard(values: list[float | None], **alarm: Any) -> list[tuple[int, str]]:
    recorder = Recorder()
    watch = Watch({"a": Alarm(metric="m", says="{value:.0%} of them", **alarm)}, recorder)
    for step, value in enumerate(values, start=1):
        watch.look({} if value is None else {"m": value}, step=step)
    return recorder.warnings


def test_an_alarm_rings_once_for_as_long_as_it_lasts_and_again_after_a_recovery() -> None:
    values: list[float | None] = [0.5, 0.96, 0.97, 0.99, 0.5, 0.96, 0.97]
    assert heard(values, above=0.95, updates=2) == [(3, "97% of them"), (7, "97% of them")]


def test_updates_that_do_not_log_the_metric_neither_count_nor_recover() -> None:
    assert heard([0.96, None, 0.97], above=0.95, updates=2) == [(3, "97% of them")]
    assert heard([0.96, nan, 0.97], above=0.95, updates=2) == [(3, "97% of them")]


def test_what_never_was_there_cannot_collapse() -> None:
    assert heard([0.1, 0.2, 0.1], below=0.5, once_at=0.8) == []
    assert heard([0.1, 0.9, 0.4], below=0.5, once_at=0.8) == [(3, "40% of them")]


def test_an_alarm_has_one_threshold() -> None:
    for sides in ({}, {"above": 1.0, "below": 0.0}):
        with pytest.raises(ValidationError, match="either above or below"):
            Alarm.model_validate({"metric": "m", "says": "s", **sides})


def test_every_alarm_of_the_configuration_can_be_said_and_changes_no_fingerprint() -> None:
    job = build("run", ["recipe=r1_zero"])
    stage: Any = job.stages["r1_zero"]
    assert {"no_advantage", "format_collapsed", "at_the_cap"} <= stage.alarms.keys()
    for alarm in stage.alarms.values():
        assert alarm.says.format(value=0.5)
    silent = build("run", ["recipe=r1_zero", "stages.r1_zero.alarms.no_advantage.above=0.5"])
    assert silent.graph.fingerprints == job.graph.fingerprints

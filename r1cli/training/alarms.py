"""Alarms: what a person would notice in the curves of a training, noticed while it trains, and said in words.

Thresholds are declared in `conf/stage/_grpo.yaml`. An alarm rings when its metric has been beyond its threshold for
some updates in a row, once, and again only after the metric came back. It changes nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from r1cli.component import Component
from r1cli.stage import Tracker


class Alarm(Component):
    """One threshold."""

    metric: str
    """As it is logged, without `train/`."""
    above: float | None = None
    below: float | None = None
    updates: PositiveInt = 1
    """In a row, before it rings."""
    once_at: float | None = None
    """With `below`: it rings only once the metric has been this high; what never was there cannot collapse."""
    says: str = Field(min_length=1)
    """What is wrong, and perhaps what to do; `{value}` stands for the metric, `{value:.0%}` for a share."""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give either above or below")
        return self

    def beyond(self, value: float) -> bool:
        """Is a value on the wrong side?"""
        return value > self.above if self.above is not None else value < (self.below or 0.0)


class Watch:
    """Looks at the metrics of every update."""

    def __init__(self, alarms: Mapping[str, Alarm], tracker: Tracker) -> None:
        self._alarms = alarms
        self._tracker = tracker
        self._beyond = dict.fromkeys(alarms, 0)
        """Updates in a row beyond the threshold."""
        self._armed = {name: alarm.once_at is None for name, alarm in alarms.items()}

    def look(self, metrics: Mapping[str, float], *, step: int) -> None:
        """At what one update logged; metrics that it did not log are passed over."""
        for name, alarm in self._alarms.items():
            value = metrics.get(alarm.metric)
            if value is None or not isfinite(value):
                continue
            if alarm.once_at is not None and value >= alarm.once_at:
                self._armed[name] = True
            self._beyond[name] = self._beyond[name] + 1 if self._armed[name] and alarm.beyond(value) else 0
            if self._beyond[name] == alarm.updates:
                said = alarm.says.format(value=value)
                self._tracker.warn(said, step=step, metric=alarm.metric, value=value)

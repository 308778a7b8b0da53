"""Seconds of drawing and of reading."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.bill import Q7, V3, device_named, prices_of
from r1cli.cost.time import Devices, Rollout, drawing_s, engine_size, reading_s, step_s

PRICES = prices_of("h100")
ASSUMED = PRICES.assumed()
ONE = Devices(PRICES.device, 1, 1, 256)
ROLLOUT = Rollout(completions=256, per_prompt=8, mean=500, longest=4096, prompt=100)


def test_a_token_takes_six_operations_a_parameter_to_learn() -> None:
    seconds = reading_s(Q7, ONE, replace(ASSUMED, mfu=1.0), tokens=1e6, context=0, passes=3)
    assert seconds == pytest.approx(6 * 1e6 * Q7.total / 989e12)


def test_attention_costs_more_the_longer_the_sequence() -> None:
    short, long = (reading_s(Q7, ONE, ASSUMED, tokens=1e6, context=c, passes=3) for c in (1024, 32768))
    assert long > 1.2 * short


def test_more_devices_read_faster_but_wait_for_the_longest_all_the_same() -> None:
    many = replace(ONE, devices=64)
    read = [reading_s(Q7, d, ASSUMED, tokens=1e6, context=0, passes=3) for d in (ONE, many)]
    assert read[0] == pytest.approx(64 * read[1])
    alone = step_s(Q7, many, ASSUMED, 4) * ROLLOUT.longest
    assert drawing_s(Q7, many, ASSUMED, ROLLOUT) >= alone
    assert drawing_s(Q7, many, ASSUMED, ROLLOUT) < drawing_s(Q7, ONE, ASSUMED, ROLLOUT)


def test_a_step_reads_all_weights_of_a_dense_model() -> None:
    read = 2 * Q7.total / (3.35e12 * ASSUMED.decode_bandwidth)
    assert step_s(Q7, ONE, ASSUMED, 1) == pytest.approx(read + ASSUMED.step_s)


def test_few_sequences_touch_few_experts() -> None:
    few, many = (step_s(V3, replace(ONE, per_engine=32), ASSUMED, together) for together in (1, 64))
    assert few < many


def test_an_engine_is_as_large_as_the_weights_want() -> None:
    h100 = device_named("h100")
    assert engine_size(Q7, h100, 8) == 1
    assert engine_size(V3, h100, 64) == 64
    assert engine_size(V3, h100, 8) == 8

"""The sampling rule: draws follow the distribution, top-p keeps the smallest set, a seed repeats itself."""

from __future__ import annotations

import math

import pytest

from r1cli.generators.rule import SEED_BITS, SamplingRule, _exponentials, seed_of

pytestmark = pytest.mark.torch


def _draws(rule: SamplingRule, logits: list[float], count: int) -> tuple[list[int], list[float]]:
    import torch

    from r1cli.generators.rule import generator

    rngs = [generator(seed) for seed in range(count)]
    tokens, logprobs = rule.draw(torch.tensor([logits] * count), rngs)
    return tokens.tolist(), logprobs.tolist()


def test_draws_follow_the_probabilities() -> None:
    tokens, _ = _draws(SamplingRule(1.0), [math.log(p) for p in (0.5, 0.3, 0.15, 0.05)], 4000)
    shares = [tokens.count(token) / 4000 for token in range(4)]
    assert shares == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_temperature_sharpens() -> None:
    cold, _ = _draws(SamplingRule(0.5), [math.log(p) for p in (0.5, 0.25, 0.25)], 4000)
    assert cold.count(0) / 4000 == pytest.approx(0.25 / (0.25 + 2 * 0.0625), abs=0.03)


def test_top_p_keeps_the_smallest_set_that_reaches_it() -> None:
    logits = [math.log(p) for p in (0.5, 0.3, 0.15, 0.05)]
    assert set(_draws(SamplingRule(1.0, top_p=0.8), logits, 500)[0]) == {0, 1}
    assert set(_draws(SamplingRule(1.0, top_p=0.81), logits, 500)[0]) == {0, 1, 2}
    assert set(_draws(SamplingRule(1.0, top_p=0.01), logits, 500)[0]) == {0}


def test_log_probabilities_are_those_after_filtering() -> None:
    tokens, logprobs = _draws(SamplingRule(1.0, top_p=0.8), [math.log(p) for p in (0.5, 0.3, 0.15, 0.05)], 50)
    expected = {0: math.log(0.5 / 0.8), 1: math.log(0.3 / 0.8)}
    assert logprobs == pytest.approx([expected[token] for token in tokens], abs=1e-5)


def test_temperature_zero_takes_the_likeliest() -> None:
    assert set(_draws(SamplingRule(0.0), [0.1, 2.0, 1.9], 20)[0]) == {1}


def test_the_rule_is_the_exponential_race_that_vllm_runs() -> None:
    """The four lines that other backends share, written out for one row."""
    import torch

    from r1cli.generators.rule import generator

    logits = torch.randn(1, 50, generator=generator(3))
    for seed in range(20):
        p = logits.softmax(dim=-1, dtype=torch.float32)
        race = torch.empty_like(p)
        race[0].exponential_(generator=torch.Generator().manual_seed(seed))
        expected = (p / race).argmax(dim=-1)
        assert SamplingRule(1.0).draw(logits, [generator(seed)])[0].tolist() == expected.tolist()


def test_seeds_differ_by_every_part_and_fit_a_signed_integer() -> None:
    seeds = {seed_of(a, b, c) for a in range(5) for b in ("x", "y") for c in range(10)}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**SEED_BITS for seed in seeds)
    assert seed_of(1, "row", 2) == seed_of(1, "row", 2)


def test_exponentials_are_those_of_torch_to_the_last_bit() -> None:
    """Else other backends, which call `exponential_`, would now and then draw another token."""
    import torch

    from r1cli.generators.rule import generator

    for first in range(0, 1000, 100):
        ours = _exponentials(torch.empty(100, 1000), [generator(seed_of(seed)) for seed in range(first, first + 100)])
        for row, seed in zip(ours, range(first, first + 100), strict=True):
            assert torch.equal(row, torch.empty(1000).exponential_(generator=generator(seed_of(seed))))
